#include "hourglass/nn/reshape.h"

#include <fmt/format.h>

#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/nn/detail/config_reader.h"

namespace hourglass {

void ReshapeLayer::Forward(Backend&, std::span<const Tensor>, const Pass&, const Tensor& x, Format y_format,
                           Tensor& y) const {
  RequireType("type of a reshaped output", y_format.dtype, x.dtype());
  const Shape sample(x.shape().sizes().subspan(1));
  y = x.Rows(0, x.rows());
  y.Reshape(OutputShape(sample).Batched(x.rows()));
}

void ReshapeLayer::Backward(Backend&, std::span<const Tensor>, std::span<Tensor>, const Pass&,
                            const Tensor& x, const Tensor&, Tensor& dy, Tensor* dx) const {
  if (dx == nullptr) return;
  std::swap(*dx, dy);
  dx->Reshape(x.shape());
}

std::unique_ptr<Layer> Flatten::FromConfig(const Json& config) {
  ConfigReader(config, "flatten layer").Finish();
  return std::make_unique<Flatten>();
}

Json Flatten::MirrorConfig(const Shape& input) const {
  return {{"kind", "unflatten"}, {"shape", std::vector<int64_t>(input.sizes().begin(), input.sizes().end())}};
}

std::unique_ptr<Layer> Unflatten::FromConfig(const Json& config) {
  ConfigReader reader(config, "unflatten layer");
  const Shape shape = reader.ImageShape("shape");
  reader.Finish();
  return std::make_unique<Unflatten>(shape);
}

Json Unflatten::config() const {
  return {{"kind", kind()}, {"shape", std::vector<int64_t>(shape_.sizes().begin(), shape_.sizes().end())}};
}

Shape Unflatten::OutputShape(const Shape& input) const {
  if (input.size() != shape_.size()) {
    throw UsageError(
        {.what = fmt::format("cannot reshape an output of {} to {}", input.ToString(), shape_.ToString()),
         .expected = fmt::format("{} numbers per sample", shape_.size()),
         .got = fmt::format("{}", input.size())});
  }
  return shape_;
}

}  // namespace hourglass
