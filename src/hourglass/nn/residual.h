// A residual block: y = x + conv2(activation(conv1(x))), with neither an activation after the sum nor
// normalisation. Source: Lim, Son, Kim, Nah & Lee, "Enhanced deep residual networks for single image
// super-resolution", CVPR workshops 2017 (EDSR), without its scaling of the second term.
#pragma once

#include "hourglass/nn/conv.h"

namespace hourglass {

class Residual : public Layer {
 public:
  // `width`: channels between the convolutions. Both have stride 1 and keep height and width. Throws a usage
  // Error for an even kernel and other invalid sizes.
  Residual(int64_t channels, int64_t width, int64_t kernel, Activation activation);
  // From config(): {"kind": "residual", "channels": 8, "width": 8, "kernel": 3, "activation": "relu"}; throws
  // a usage Error for missing, unknown or invalid values.
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape& input);  // for LayerDefaults()

  std::string_view kind() const override { return "residual"; }
  std::string_view display_name() const override { return "Residual"; }
  Json config() const override;
  bool ConvolvesImages() const override { return true; }
  Shape OutputShape(const Shape& input) const override;  // that of the input
  std::vector<ParamSpec> param_specs() const override;   // of conv1, then of conv2: "conv1.weight", …
  // The output of conv1, and its gradient.
  std::vector<Shape> kept_shapes(const Shape& input) const override;
  // A residual block of the same width and kernel.
  Json MirrorConfig(const Shape& input) const override;
  // Throws a usage Error if y_format.dtype is not the type of x.
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;

 private:
  int64_t channels_, width_, kernel_;
  Conv conv1_, conv2_;
};

}  // namespace hourglass
