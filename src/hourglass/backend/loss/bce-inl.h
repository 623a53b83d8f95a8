// Binary cross-entropy of a sigmoid's output y: -(target · log y + (1 - target) · log(1 - y)), with
// logarithms clamped at -100 as in PyTorch's BCELoss. Its gradient with respect to the sigmoid's input is y -
// target. There is no division by y or 1 - y, so it stays exact where the sigmoid saturates.
struct Bce {
  static constexpr std::string_view kName = "bce", kUnit = "BCE per pixel";
  static constexpr bool kOfSigmoid = true;
  static constexpr LossParameter kParameter = {};  // none

  template <class T>
  static constexpr T Add(T sum, T y, T target, T /*parameter*/) {
    const T one = Same(y, 1), least = Same(y, -100);
    return sum - (target * Max(Log(y), least) + (one - target) * Max(Log(one - y), least));
  }
  template <class T>
  static constexpr T Gradient(T y, T target, T /*parameter*/) {
    return y - target;
  }
};
