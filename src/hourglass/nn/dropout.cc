#include "hourglass/nn/dropout.h"

#include <fmt/format.h>

#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/nn/detail/config_reader.h"

namespace hourglass {
namespace {

// Numbers per sample that a layer may draw: layer l uses the elements from l · kNumbers on.
constexpr int64_t kNumbers = 1 << 24;
static_assert(kNumbers * kMostLayers <= int64_t{1} << 32);

}  // namespace

Dropout::Dropout(double probability) : probability_(probability) {
  // Compared as float, which rounds 0.99999999 to 1.
  if (!(probability >= 0 && static_cast<float>(probability) < 1)) {
    throw UsageError({.what = "invalid dropout probability",
                      .expected = "a number from 0 to below 1, in f32",
                      .got = fmt::format("{}", probability)});
  }
}

std::unique_ptr<Layer> Dropout::FromConfig(const Json& config) {
  ConfigReader reader(config, "dropout layer");
  const double probability = reader.Number("probability");
  reader.Finish();
  return std::make_unique<Dropout>(probability);
}

Shape Dropout::OutputShape(const Shape& input) const {
  if (input.size() > kNumbers) {
    throw UsageError({.what = fmt::format("dropout cannot follow an output of {}", input.ToString()),
                      .expected = fmt::format("at most {} numbers per sample", kNumbers),
                      .got = fmt::format("{}", input.size())});
  }
  return input;
}

void Dropout::Drop(Backend& backend, const Pass& pass, const Tensor& x, Tensor& y) const {
  RequireBetween("index of a dropout layer", pass.layer, 0, kMostLayers - 1);
  const PassNumbers& numbers = *pass.numbers;
  const Rng rng(numbers.seed, Stream::kDropout);
  backend.Dropout(rng, numbers.epoch, numbers.ids, static_cast<uint32_t>(pass.layer * kNumbers),
                  static_cast<float>(probability_), x, y);
}

void Dropout::Forward(Backend& backend, std::span<const Tensor>, const Pass& pass, const Tensor& x,
                      Format y_format, Tensor& y) const {
  RequireType("type of the output of dropout", y_format.dtype, x.dtype());
  if (Acts(pass)) {
    if (!y.owns()) y = Tensor(backend.device());  // a view of x, left by a pass without dropout
    return Drop(backend, pass, x, y);
  }
  y = x.Rows(0, x.rows());
}

void Dropout::Backward(Backend& backend, std::span<const Tensor>, std::span<Tensor>, const Pass& pass,
                       const Tensor&, const Tensor&, Tensor& dy, Tensor* dx) const {
  if (dx == nullptr) return;
  if (Acts(pass)) return Drop(backend, pass, dy, *dx);
  std::swap(*dx, dy);
}

}  // namespace hourglass
