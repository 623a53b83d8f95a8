// Mean squared error.
struct Mse {
  static constexpr std::string_view kName = "mse", kUnit = "MSE per pixel";
  static constexpr bool kOfSigmoid = false;
  static constexpr LossParameter kParameter = {};  // none

  template <class T>
  static constexpr T Add(T sum, T y, T target, T /*parameter*/) {
    const T error = y - target;
    return MulAdd(error, error, sum);
  }
  template <class T>
  static constexpr T Gradient(T y, T target, T /*parameter*/) {
    const T error = y - target;
    return error + error;
  }
};
