#include "hourglass/analysis/interpolation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

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

Tensor Arc(const Tensor& ends, int64_t n) {
  Tensor codes = StraightLine(ends, n);
  const int64_t d = ends.row_size();
  const float *first = ends.data<float>(), *second = first + d;
  double product = 0, first2 = 0, second2 = 0;
  for (int64_t k = 0; k < d; ++k) {
    product += static_cast<double>(first[k]) * second[k];
    first2 += static_cast<double>(first[k]) * first[k];
    second2 += static_cast<double>(second[k]) * second[k];
  }
  constexpr double kSmallest = 1e-4;  // sine, below which the quotients lose all digits
  const double angle = std::acos(std::clamp(product / std::sqrt(first2 * second2), -1.0, 1.0));
  if (!(std::sin(angle) > kSmallest)) return codes;
  for (int64_t i = 1; i < n; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(n);
    const double a = std::sin((1 - t) * angle) / std::sin(angle), b = std::sin(t * angle) / std::sin(angle);
    for (int64_t k = 0; k < d; ++k)
      codes.data<float>()[i * d + k] = static_cast<float>(a * first[k] + b * second[k]);
  }
  return codes;
}

Interpolation Interpolate(Session& session, const Tensor& pair, int64_t n, CodePath path) {
  const Tensor ends = session.Encode(pair);
  Tensor codes = path == CodePath::kArc ? Arc(ends, n) : StraightLine(ends, n);
  Tensor decoded = session.Decode(codes), mixed = StraightLine(pair, n);
  mixed.Reshape(decoded.shape());
  return {.inputs = pair.Clone(),
          .codes = std::move(codes),
          .decoded = std::move(decoded),
          .mixed = std::move(mixed)};
}

}  // namespace hourglass
