// Mean absolute error; its gradient at 0 is 0.
struct L1 {
  static constexpr std::string_view kName = "l1", kUnit = "L1 per pixel";
  static constexpr bool kOfSigmoid = false;
  static constexpr LossParameter kParameter = {};  // none

  template <class T>
  static constexpr T Add(T sum, T y, T target, T /*parameter*/) {
    return sum + Abs(y - target);
  }
  template <class T>
  static constexpr T Gradient(T y, T target, T /*parameter*/) {
    return Sign(y - target);
  }
};
