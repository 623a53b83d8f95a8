// Huber loss: e² / 2 if |e| ≤ δ, else δ(|e| - δ / 2), e = y - target; the parameter is δ. With c, e clipped
// to [-δ, δ], both parts are c(e - c / 2), and the gradient is c. Source: Huber, "Robust estimation of a
// location parameter", Annals of Mathematical Statistics 35, 1964.
struct Huber {
  static constexpr std::string_view kName = "huber", kUnit = "Huber loss per pixel";
  static constexpr bool kOfSigmoid = false;
  static constexpr LossParameter kParameter = {
      .key = "huber_delta", .help = "Error at which huber becomes linear", .standard = 0.1, .largest = 1e6};

  template <class T>
  static constexpr T Add(T sum, T y, T target, T delta) {
    const T error = y - target, clipped = Clip(error, delta);
    return sum + clipped * (error - Same(y, 0.5f) * clipped);
  }
  template <class T>
  static constexpr T Gradient(T y, T target, T delta) {
    return Clip(y - target, delta);
  }
};
