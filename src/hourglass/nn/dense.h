// A dense layer with its activation: y = activation(x wᵀ + b), PyTorch's nn.Linear.
#pragma once

#include "hourglass/nn/layer.h"

namespace hourglass {

class Dense : public Layer {
 public:
  // Throws a usage Error unless both sizes are at least 1.
  Dense(int64_t inputs, int64_t outputs, Activation activation);
  // From config(): {"kind": "dense", "inputs": 784, "outputs": 392, "activation": "relu"}; throws a usage
  // Error for missing, unknown or invalid values.
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape& input);  // for LayerDefaults()

  std::string_view kind() const override { return "dense"; }
  std::string_view display_name() const override { return "Linear"; }
  Json config() const override;
  Activation activation() const override { return activation_; }

  Shape OutputShape(const Shape& input) const override;
  std::vector<ParamSpec> param_specs() const override;
  Json MirrorConfig(const Shape& input) const override;
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;

 private:
  int64_t inputs_, outputs_;
  Activation activation_;
};

}  // namespace hourglass
