#include "hourglass/nn/dense.h"

#include <fmt/format.h>

#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/nn/detail/config_reader.h"

namespace hourglass {

Dense::Dense(int64_t inputs, int64_t outputs, Activation activation)
    : inputs_(inputs), outputs_(outputs), activation_(activation) {
  constexpr int64_t kLargest = 1 << 24;
  if (inputs < 1 || outputs < 1 || inputs > kLargest || outputs > kLargest) {
    throw UsageError({.what = "invalid sizes of a dense layer",
                      .expected = fmt::format("sizes from 1 to {}", kLargest),
                      .got = fmt::format("{} inputs, {} outputs", inputs, outputs)});
  }
}

std::unique_ptr<Layer> Dense::FromConfig(const Json& config) {
  ConfigReader reader(config, "dense layer");
  const int64_t inputs = reader.Integer("inputs");
  const int64_t outputs = reader.Integer("outputs");
  const Activation activation = reader.ReadActivation("activation");
  reader.Finish();
  return std::make_unique<Dense>(inputs, outputs, activation);
}

Json Dense::Defaults(const Shape& input) {
  return {{"inputs", input.size()}, {"outputs", nullptr}, {"activation", Name(Activation::kNone)}};
}

Json Dense::config() const {
  return {{"kind", kind()}, {"inputs", inputs_}, {"outputs", outputs_}, {"activation", Name(activation_)}};
}

Shape Dense::OutputShape(const Shape& input) const {
  if (input.size() != inputs_) {
    throw UsageError({.what = fmt::format("a dense layer of {} → {} cannot follow an output of {}", inputs_,
                                          outputs_, input.ToString()),
                      .expected = fmt::format("{} numbers per sample", inputs_),
                      .got = fmt::format("{}", input.size())});
  }
  return {outputs_};
}

std::vector<ParamSpec> Dense::param_specs() const {
  const double bound = 1 / std::sqrt(static_cast<double>(inputs_));
  return {{"weight", {outputs_, inputs_}, bound}, {"bias", {outputs_}, bound}};
}

Json Dense::MirrorConfig(const Shape& input) const {
  return {{"kind", kind()}, {"outputs", input.size()}};
}

void Dense::Forward(Backend& backend, std::span<const Tensor> params, const Pass&, const Tensor& x,
                    Format y_format, Tensor& y) const {
  backend.DenseForward(x, params[0], params[1], activation_, y_format.dtype, y);
}

void Dense::Backward(Backend& backend, std::span<const Tensor> params, std::span<Tensor> grads,
                     const Pass& pass, const Tensor& x, const Tensor& y, Tensor& dy, Tensor* dx) const {
  backend.DenseBackward(x, params[0], y, Slope(pass), dy, grads[0], grads[1], dx);
}

}  // namespace hourglass
