#include "hourglass/nn/conv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/nn/detail/config_reader.h"

namespace hourglass {
namespace {

constexpr int64_t kMostChannels = 1 << 16, kLargestKernel = 1 << 10, kLargestImage = 1 << 20;

// The CPU kernels store positions as int32: in tiles of 16 images with zero borders, and in the weights.
constexpr double kMostNumbers = 0x1p31 / 16 - 1, kMostWeights = 0x1p31 - 1;

// Upper bound on the numbers in an image with its border. On the big side, a window starts and ends at most
// `padding` outside the image. On the small side, from which the big one is computed, output o reads
// positions (o + padding - k) / stride, k < kernel: they start less than `kernel` before the image and end at
// most `kernel` after it, including the rows that stride and output padding leave over. In double, because
// the product may overflow an integer.
double BorderedSize(const ConvGeometry& g, int64_t channels, const PlaneSize& size) {
  const auto border = static_cast<double>(2 * (g.kernel + g.padding));
  return static_cast<double>(channels) * (static_cast<double>(size.height) + border) *
         (static_cast<double>(size.width) + border);
}

// One number if both are equal.
Json ToJson(const PlaneSize& size) {
  return size.height == size.width ? Json(size.height) : Json{size.height, size.width};
}

void CheckSizes(int64_t inputs, int64_t outputs, const ConvGeometry& g) {
  const auto in = [](int64_t value, int64_t low, int64_t high) { return low <= value && value <= high; };
  const bool possible = in(inputs, 1, kMostChannels) && in(outputs, 1, kMostChannels) &&
                        in(g.kernel, 1, kLargestKernel) && in(g.stride, 1, kLargestKernel) &&
                        in(g.padding, 0, kLargestKernel) && in(g.output_padding.height, 0, g.stride - 1) &&
                        in(g.output_padding.width, 0, g.stride - 1);
  const double weights = static_cast<double>(inputs) * static_cast<double>(outputs) *
                         static_cast<double>(g.kernel) * static_cast<double>(g.kernel);
  if (possible && weights <= kMostWeights) return;
  throw UsageError(
      {.what = "invalid sizes of a convolution",
       .expected = fmt::format("1 to {} channels, kernel and stride from 1 to {}, padding from 0 to {}, "
                               "output padding less than the stride, at most {:.0f} weights",
                               kMostChannels, kLargestKernel, kLargestKernel, kMostWeights),
       .got = fmt::format("{} → {} channels, kernel {}, stride {}, padding {}, output padding {}", inputs,
                          outputs, g.kernel, g.stride, g.padding, ToJson(g.output_padding).dump())});
}

template <class Layer>
std::unique_ptr<Layer> Read(ConfigReader& reader, bool transposed) {
  const int64_t inputs = reader.Integer("inputs"), outputs = reader.Integer("outputs");
  ConvGeometry geometry = {.kernel = reader.Integer("kernel"),
                           .stride = reader.Integer("stride"),
                           .padding = reader.Integer("padding")};
  if (transposed) geometry.output_padding = reader.OneOrTwo("output_padding");
  const Activation activation = reader.ReadActivation("activation");
  reader.Finish();
  return std::make_unique<Layer>(inputs, outputs, geometry, activation);
}

Json DefaultsAfter(const Shape& input) {
  return {{"inputs", input.rank() > 0 ? input[0] : 1},
          {"outputs", nullptr},
          {"kernel", nullptr},
          {"stride", 1},
          {"padding", 0},
          {"activation", Name(Activation::kNone)}};
}

}  // namespace

ConvLayer::ConvLayer(int64_t inputs, int64_t outputs, const ConvGeometry& geometry, Activation activation)
    : inputs_(inputs), outputs_(outputs), geometry_(geometry), activation_(activation) {
  CheckSizes(inputs, outputs, geometry);
}

Shape ConvLayer::ConvOutputShape(const Shape& input,
                                 PlaneSize (*output_size)(const ConvGeometry&, const PlaneSize&)) const {
  const auto refuse = [&](const std::string& expected) {
    return UsageError(
        {.what = fmt::format("a convolution of {} → {} channels, kernel {}, stride {}, padding {} "
                             "cannot follow an output of {}",
                             inputs_, outputs_, geometry_.kernel, geometry_.stride, geometry_.padding,
                             input.ToString()),
         .expected = expected,
         .got = input.ToString()});
  };
  if (input.rank() != 3 || input[0] != inputs_) {
    throw refuse(fmt::format("[{}, height, width]: images with {} channels", inputs_, inputs_));
  }
  const auto [height, width] = output_size(geometry_, {input[1], input[2]});
  if (height < 1 || width < 1) throw refuse("images in which the kernel fits");
  if (height > kLargestImage || width > kLargestImage) {
    throw refuse(fmt::format("images whose output has at most {} rows and columns", kLargestImage));
  }
  const double numbers = std::max(BorderedSize(geometry_, inputs_, {input[1], input[2]}),
                                  BorderedSize(geometry_, outputs_, {height, width}));
  if (numbers > kMostNumbers) {
    throw refuse(
        fmt::format("an input and an output of at most {:.0f} numbers with a border of kernel + "
                    "padding around each channel",
                    kMostNumbers));
  }
  return {outputs_, height, width};
}

std::vector<ParamSpec> ConvLayer::ParamSpecs(const Shape& weight, int64_t fan_in) const {
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return {{"weight", weight, bound}, {"bias", {outputs_}, bound}};
}

std::unique_ptr<Layer> Conv::FromConfig(const Json& config) {
  ConfigReader reader(config, "convolution");
  return Read<Conv>(reader, /*transposed=*/false);
}

Json Conv::Defaults(const Shape& input) {
  return DefaultsAfter(input);
}

Json Conv::config() const {
  return {{"kind", kind()},
          {"inputs", inputs_},
          {"outputs", outputs_},
          {"kernel", geometry_.kernel},
          {"stride", geometry_.stride},
          {"padding", geometry_.padding},
          {"activation", Name(activation_)}};
}

Shape Conv::OutputShape(const Shape& input) const {
  return ConvOutputShape(input, ConvOutputSize);
}

std::vector<ParamSpec> Conv::param_specs() const {
  const int64_t K = geometry_.kernel;
  return ParamSpecs({outputs_, inputs_, K, K}, inputs_ * K * K);
}

Json Conv::MirrorConfig(const Shape& input) const {
  const auto left_over = [&](int64_t size) {
    return (size + 2 * geometry_.padding - geometry_.kernel) % geometry_.stride;
  };
  return {
      {"kind", "conv_transpose"},     {"outputs", inputs_},
      {"kernel", geometry_.kernel},   {"stride", geometry_.stride},
      {"padding", geometry_.padding}, {"output_padding", ToJson({left_over(input[1]), left_over(input[2])})}};
}

void Conv::Forward(Backend& backend, std::span<const Tensor> params, const Pass&, const Tensor& x,
                   Format y_format, Tensor& y) const {
  backend.ConvForward(x, params[0], params[1], geometry_, activation_, y_format, y);
}

void Conv::Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads,
                    const Pass& pass, const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const {
  backend.ConvBackward(x, params[0], y, geometry_, Slope(pass), dy, grads[0], grads[1], dx);
}

std::unique_ptr<Layer> ConvTranspose::FromConfig(const Json& config) {
  ConfigReader reader(config, "transposed convolution");
  return Read<ConvTranspose>(reader, /*transposed=*/true);
}

Json ConvTranspose::Defaults(const Shape& input) {
  Json defaults = DefaultsAfter(input);
  defaults["output_padding"] = 0;
  return defaults;
}

Json ConvTranspose::config() const {
  return {{"kind", kind()},
          {"inputs", inputs_},
          {"outputs", outputs_},
          {"kernel", geometry_.kernel},
          {"stride", geometry_.stride},
          {"padding", geometry_.padding},
          {"output_padding", ToJson(geometry_.output_padding)},
          {"activation", Name(activation_)}};
}

Shape ConvTranspose::OutputShape(const Shape& input) const {
  return ConvOutputShape(input, ConvTransposeOutputSize);
}

// PyTorch takes the fan-in from the second axis of the weights, which here counts outputs.
std::vector<ParamSpec> ConvTranspose::param_specs() const {
  const int64_t K = geometry_.kernel;
  return ParamSpecs({inputs_, outputs_, K, K}, outputs_ * K * K);
}

void ConvTranspose::Forward(Backend& backend, std::span<const Tensor> params, const Pass&, const Tensor& x,
                            Format y_format, Tensor& y) const {
  backend.ConvTransposeForward(x, params[0], params[1], geometry_, activation_, y_format, y);
}

void ConvTranspose::Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads,
                             const Pass& pass, const Tensor& x, const Tensor& y, Tensor& dy,
                             Tensor* dx) const {
  backend.ConvTransposeBackward(x, params[0], y, geometry_, Slope(pass), dy, grads[0], grads[1], dx);
}

}  // namespace hourglass
