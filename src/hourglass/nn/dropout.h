// Dropout, PyTorch's nn.Dropout: in training, each number of a sample becomes 0 with probability p and is
// otherwise divided by 1 - p. In inference it does nothing.
#pragma once

#include "hourglass/nn/layer.h"

namespace hourglass {

class Dropout : public Layer {
 public:
  // Throws a usage Error unless the probability is in [0, 1).
  explicit Dropout(double probability);
  // From config(): {"kind": "dropout", "probability": 0.1}.
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape&) { return {{"probability", nullptr}}; }  // for LayerDefaults()

  std::string_view kind() const override { return "dropout"; }
  std::string_view display_name() const override { return "Dropout"; }
  Json config() const override { return {{"kind", kind()}, {"probability", probability_}}; }
  Shape OutputShape(const Shape& input) const override;
  std::vector<ParamSpec> param_specs() const override { return {}; }
  bool KeepsSigns() const override { return true; }
  // Throws a usage Error if y_format.dtype is not the type of x, or if pass.layer ≥ 256.
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;

 private:
  // Writes y = dropout(x) with the random numbers of `pass`.
  void Drop(Backend& backend, const Pass& pass, const Tensor& x, Tensor& y) const;
  bool Acts(const Pass& pass) const {
    return pass.numbers != nullptr && pass.numbers->dropout && probability_ > 0;
  }

  double probability_;
};

}  // namespace hourglass
