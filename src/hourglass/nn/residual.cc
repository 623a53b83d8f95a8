#include "hourglass/nn/residual.h"

#include <fmt/format.h>

#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/nn/detail/config_reader.h"

namespace hourglass {
namespace {

// The number of parameters of a convolution: weight and bias.
constexpr size_t kOfConv = 2;

// Of a convolution that keeps height and width. Throws a usage Error for an even kernel, which cannot.
ConvGeometry SameSize(int64_t kernel) {
  if (kernel < 1 || kernel % 2 == 0) {
    throw UsageError({.what = "invalid kernel of a residual block",
                      .expected = "an odd number, so that images keep their size",
                      .got = fmt::format("{}", kernel)});
  }
  return {.kernel = kernel, .stride = 1, .padding = kernel / 2};
}

}  // namespace

Residual::Residual(int64_t channels, int64_t width, int64_t kernel, Activation activation)
    : channels_(channels),
      width_(width),
      kernel_(kernel),
      conv1_(channels, width, SameSize(kernel), activation),
      conv2_(width, channels, SameSize(kernel), Activation::kNone) {}

std::unique_ptr<Layer> Residual::FromConfig(const Json& config) {
  ConfigReader reader(config, "residual block");
  const int64_t channels = reader.Integer("channels"), width = reader.Integer("width"),
                kernel = reader.Integer("kernel");
  const Activation activation = reader.ReadActivation("activation");
  reader.Finish();
  return std::make_unique<Residual>(channels, width, kernel, activation);
}

Json Residual::Defaults(const Shape& input) {
  const int64_t channels = input.rank() > 0 ? input[0] : 1;
  return {
      {"channels", channels}, {"width", channels}, {"kernel", 3}, {"activation", Name(Activation::kRelu)}};
}

Json Residual::config() const {
  return {{"kind", kind()},
          {"channels", channels_},
          {"width", width_},
          {"kernel", kernel_},
          {"activation", Name(conv1_.activation())}};
}

Shape Residual::OutputShape(const Shape& input) const {
  return conv2_.OutputShape(conv1_.OutputShape(input));
}

std::vector<ParamSpec> Residual::param_specs() const {
  std::vector<ParamSpec> specs;
  for (const auto& [name, conv] : {std::pair("conv1", &conv1_), std::pair("conv2", &conv2_)}) {
    for (ParamSpec& spec : conv->param_specs()) {
      spec.name = fmt::format("{}.{}", name, spec.name);
      specs.push_back(std::move(spec));
    }
  }
  return specs;
}

std::vector<Shape> Residual::kept_shapes(const Shape& input) const {
  return std::vector<Shape>(2, conv1_.OutputShape(input));
}

Json Residual::MirrorConfig(const Shape&) const {
  return {{"kind", kind()}, {"width", width_}, {"kernel", kernel_}};
}

void Residual::Forward(Backend& backend, std::span<const Tensor> params, const Pass& pass, const Tensor& x,
                       Format y_format, Tensor& y) const {
  RequireType("type of the output of a residual block", y_format.dtype, x.dtype());
  HOURGLASS_CHECK(pass.kept.size() == 2);
  Tensor& hidden = pass.kept[0];
  conv1_.Forward(backend, params.first(kOfConv), {}, x, {x.dtype(), backend.conv_layout()}, hidden);
  conv2_.Forward(backend, params.subspan(kOfConv), {}, hidden, y_format, y);
  backend.Add(x, y);
}

void Residual::Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads,
                        const Pass& pass, const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const {
  HOURGLASS_CHECK(pass.kept.size() == 2);
  Tensor &hidden = pass.kept[0], &dhidden = pass.kept[1];
  // Leaves dy as it is, because conv2 has no activation.
  conv2_.Backward(backend, params.subspan(kOfConv), grads.subspan(kOfConv), {}, hidden, y, dy, &dhidden);
  conv1_.Backward(backend, params.first(kOfConv), grads.first(kOfConv), {}, x, hidden, dhidden, dx);
  if (dx != nullptr) backend.Add(dy, *dx);
}

}  // namespace hourglass
