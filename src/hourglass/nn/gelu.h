// The Gaussian error linear unit, PyTorch's nn.GELU in its exact form. A layer by itself, because its slope
// follows from its input only.
#pragma once

#include "hourglass/nn/layer.h"

namespace hourglass {

class Gelu : public Layer {
 public:
  // From config(): {"kind": "gelu"}.
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape&) { return Json::object(); }  // for LayerDefaults()

  std::string_view kind() const override { return "gelu"; }
  std::string_view display_name() const override { return "GELU"; }
  Json config() const override { return {{"kind", kind()}}; }
  bool KeepsSigns() const override { return true; }
  bool KeepsLayout() const override { return true; }
  Shape OutputShape(const Shape& input) const override { return input; }
  std::vector<ParamSpec> param_specs() const override { return {}; }
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;
};

}  // namespace hourglass
