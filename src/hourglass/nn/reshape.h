// Layers that only reshape a sample: nn.Flatten and nn.Unflatten. Nothing is copied.
#pragma once

#include "hourglass/nn/layer.h"

namespace hourglass {

class ReshapeLayer : public Layer {
 public:
  std::vector<ParamSpec> param_specs() const override { return {}; }
  bool KeepsSigns() const override { return true; }
  // y is a view of x. Throws a usage Error if y_format.dtype is not the type of x.
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;
};

// [C, H, W] → [C · H · W].
class Flatten : public ReshapeLayer {
 public:
  static std::unique_ptr<Layer> FromConfig(const Json& config);  // {"kind": "flatten"}
  static Json Defaults(const Shape&) { return Json::object(); }  // for LayerDefaults()

  std::string_view kind() const override { return "flatten"; }
  std::string_view display_name() const override { return "Flatten"; }
  Json config() const override { return {{"kind", kind()}}; }
  Shape OutputShape(const Shape& input) const override { return {input.size()}; }
  Json MirrorConfig(const Shape& input) const override;
};

// Any shape of the same size → `shape`.
class Unflatten : public ReshapeLayer {
 public:
  explicit Unflatten(Shape shape) : shape_(shape) {}
  // {"kind": "unflatten", "shape": [32, 3, 3]}
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape&) { return {{"shape", nullptr}}; }  // for LayerDefaults()

  std::string_view kind() const override { return "unflatten"; }
  std::string_view display_name() const override { return "Unflatten"; }
  Json config() const override;
  Shape OutputShape(const Shape& input) const override;

 private:
  Shape shape_;
};

}  // namespace hourglass
