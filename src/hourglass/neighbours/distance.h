// The distance definitions used throughout this folder.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hourglass/core/tensor.h"

namespace hourglass {

enum class Distance { kL1, kL2 };

// "l1", "l2"
std::string_view Name(Distance distance);
// "L1", "L2"
std::string_view Title(Distance distance);

// The distance between two f32 vectors: Σ |x - y| (L1) or Σ (x - y)² (L2), with x and y first widened to
// double. Element i goes to partial sum i mod 8, and the sums are added as ((s0 + s1) + (s2 + s3)) + ((s4 +
// s5) + (s6 + s7)): this fixes the rounding, so that the order of distances does not depend on the processor.
// Elements lie `x_stride` and `y_stride` floats apart.
template <Distance kDistance>
double FloatDistance(const float* x, int64_t x_stride, const float* y, int64_t y_stride, int64_t size) {
  double sums[8] = {};
  const auto add = [&](int64_t i, int64_t sum) {
    const double difference = double{x[i * x_stride]} - double{y[i * y_stride]};
    sums[sum] += kDistance == Distance::kL1 ? std::abs(difference) : difference * difference;
  };
  const int64_t whole = size - size % 8;
  for (int64_t i = 0; i < whole; i += 8) {
    for (int64_t sum = 0; sum < 8; ++sum) add(i + sum, sum);  // in vectors
  }
  for (int64_t i = whole; i < size; ++i) add(i, i - whole);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// The same for bytes, exactly.
template <Distance kDistance>
int32_t ByteDistance(const uint8_t* x, const uint8_t* y, int64_t size) {
  int32_t sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const int32_t difference = x[i] - y[i];
    sum += kDistance == Distance::kL1 ? std::abs(difference) : difference * difference;
  }
  return sum;
}

// Calls work(between), where between(a, b) is the distance of points a and b, as a double; points u8 or f32
// [n, …]. Type and distance are looked up once, because for short points that takes longer than the distance.
template <class Work>
void WithDistance(const Tensor& points, Distance distance, const Work& work) {
  const int64_t size = points.row_size();
  const auto with = [&]<Distance kDistance>() {
    if (points.dtype() == DType::kU8) {
      return work([all = points.data<uint8_t>(), size](int64_t a, int64_t b) {
        return static_cast<double>(ByteDistance<kDistance>(all + a * size, all + b * size, size));
      });
    }
    work([all = points.data<float>(), size](int64_t a, int64_t b) {
      return FloatDistance<kDistance>(all + a * size, 1, all + b * size, 1, size);
    });
  };
  if (distance == Distance::kL1) return with.template operator()<Distance::kL1>();
  with.template operator()<Distance::kL2>();
}

// The distance between points `a` and `b`; points u8 or f32 [n, …].
double DistanceBetween(const Tensor& points, int64_t a, int64_t b, Distance distance);

// L2 is squared in all of the above. This takes the root, for measures that add or scale distances.
inline double TrueDistance(double between, Distance distance) {
  return distance == Distance::kL2 ? std::sqrt(between) : between;
}

}  // namespace hourglass
