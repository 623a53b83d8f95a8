// Neighbours in plain loops; the fast searches must equal them, bits and ties included.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass::test {

inline double PlainDistance(const Tensor& a, int64_t i, const Tensor& b, int64_t j, Distance distance) {
  double sums[8] = {};
  for (int64_t e = 0; e < a.row_size(); ++e) {
    const auto value = [e](const Tensor& points, int64_t p) -> double {
      const int64_t at = p * points.row_size() + e;
      return points.dtype() == DType::kU8 ? points.data<uint8_t>()[at] : points.data<float>()[at];
    };
    const double difference = value(a, i) - value(b, j);
    sums[e % 8] += distance == Distance::kL1 ? std::abs(difference) : difference * difference;
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// All points except `self` by (distance, index), nearest first.
inline std::vector<std::pair<double, uint32_t>> PlainOrder(const Tensor& points, const Tensor& queries,
                                                           int64_t query, int64_t self, Distance distance) {
  std::vector<std::pair<double, uint32_t>> order;
  for (int64_t p = 0; p < points.rows(); ++p) {
    if (p == self) continue;
    order.emplace_back(PlainDistance(queries, query, points, p, distance), static_cast<uint32_t>(p));
  }
  std::sort(order.begin(), order.end());
  return order;
}

// Points whose element e is value(p, e).
inline Tensor Floats(int64_t n, int64_t size, const std::function<float(int64_t, int64_t)>& value) {
  Tensor points(Shape{n, size});
  for (int64_t i = 0; i < points.size(); ++i) points.data<float>()[i] = value(i / size, i % size);
  return points;
}
inline Tensor Bytes(int64_t n, int64_t size, const std::function<int(int64_t, int64_t)>& value) {
  Tensor points(Shape{n, size}, DType::kU8);
  for (int64_t i = 0; i < points.size(); ++i) {
    points.data<uint8_t>()[i] = static_cast<uint8_t>(value(i / size, i % size));
  }
  return points;
}

// Normal numbers around `center`; unless `step` is 0, rounded to multiples of it, so that distances tie.
inline Tensor NormalFloats(int64_t n, int64_t size, uint32_t seed, float center = 0, float step = 0) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  return Floats(n, size, [&](int64_t, int64_t) {
    const float value = normal(generator);
    return center + (step > 0 ? step * std::round(value / step) : value);
  });
}
// Bytes in [0, most].
inline Tensor RandomBytes(int64_t n, int64_t size, uint32_t seed, int most = 255) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> uniform(0, most);
  return Bytes(n, size, [&](int64_t, int64_t) { return uniform(generator); });
}

}  // namespace hourglass::test
