#include "hourglass/analysis/interpolation.h"

#include <fmt/format.h>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {

Tensor StraightLine(const Tensor& ends, int64_t n) {
  RequireEqual("number of ends", ends.rows(), 2);
  if (n < 1) {
    throw UsageError({.what = "an interpolation needs at least one interval", .got = fmt::format("{}", n)});
  }
  const int64_t d = ends.row_size();
  Tensor codes({n + 1, d});
  for (int64_t i = 0; i <= n; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(n);
    for (int64_t k = 0; k < d; ++k) {
      const float first = ends.data<float>()[k];
      const float second = ends.data<float>()[d + k];
      codes.data<float>()[i * d + k] = first + t * (second - first);
    }
  }
  return codes;
}

Interpolation Interpolate(Session& session, const Tensor& pair, int64_t n) {
  Tensor codes = StraightLine(session.Encode(pair), n);
  Tensor decoded = session.Decode(codes);
  return {.inputs = pair.Clone(), .codes = std::move(codes), .decoded = std::move(decoded)};
}

}  // namespace hourglass
