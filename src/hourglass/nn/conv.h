// Convolution (PyTorch's nn.Conv2d) and transposed convolution (nn.ConvTranspose2d), each with its
// activation. Kernels are square; stride and padding are the same for both axes; output padding may differ
// per axis.
#pragma once

#include "hourglass/nn/layer.h"

namespace hourglass {

// The common part: maps `inputs` channels to `outputs`, y = activation(b + products with w).
class ConvLayer : public Layer {
 public:
  // Throws a usage Error for invalid sizes.
  ConvLayer(int64_t inputs, int64_t outputs, const ConvGeometry& geometry, Activation activation);

  Activation activation() const override { return activation_; }
  bool ConvolvesImages() const override { return true; }

 protected:
  // {outputs, height, width} of one sample, from `output_size` of the backend. Throws a usage Error that
  // names the sizes unless `input` is an image with the right channels that is large enough.
  Shape ConvOutputShape(const Shape& input,
                        PlaneSize (*output_size)(const ConvGeometry&, const PlaneSize&)) const;
  // A weight of shape `weight` and a bias, initialised as in PyTorch; each output has `fan_in` weights.
  std::vector<ParamSpec> ParamSpecs(const Shape& weight, int64_t fan_in) const;

  int64_t inputs_, outputs_;
  ConvGeometry geometry_;
  Activation activation_;
};

class Conv : public ConvLayer {
 public:
  using ConvLayer::ConvLayer;
  // From config(): {"kind": "conv", "inputs": 1, "outputs": 8, "kernel": 3, "stride": 2, "padding": 1,
  // "activation": "relu"}; throws a usage Error for missing, unknown or invalid values.
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape& input);  // for LayerDefaults()

  std::string_view kind() const override { return "conv"; }
  std::string_view display_name() const override { return "Conv2d"; }
  Json config() const override;
  Shape OutputShape(const Shape& input) const override;
  std::vector<ParamSpec> param_specs() const override;  // weight [outputs, inputs, K, K], bias
  // A transposed convolution. Its output padding restores the rows and columns that the stride leaves over.
  Json MirrorConfig(const Shape& input) const override;
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;
};

class ConvTranspose : public ConvLayer {
 public:
  using ConvLayer::ConvLayer;
  // As Conv::FromConfig with {"kind": "conv_transpose", …, "output_padding": 1}, or [rows, columns] if they
  // differ.
  static std::unique_ptr<Layer> FromConfig(const Json& config);
  static Json Defaults(const Shape& input);  // for LayerDefaults()

  std::string_view kind() const override { return "conv_transpose"; }
  std::string_view display_name() const override { return "ConvTranspose2d"; }
  Json config() const override;
  Shape OutputShape(const Shape& input) const override;
  std::vector<ParamSpec> param_specs() const override;  // weight [inputs, outputs, K, K], bias
  void Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
               Format y_format, Tensor& y) const override;
  void Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads, const Pass& pass,
                const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const override;
};

}  // namespace hourglass
