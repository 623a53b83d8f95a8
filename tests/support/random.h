// Random inputs and comparisons shared by the tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass::test {

inline std::vector<double> RandomDoubles(int64_t count, uint32_t seed, double low = -1, double high = 1) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> values(static_cast<size_t>(count));
  for (double& value : values) value = uniform(generator);
  return values;
}

// Writes `value` to every element, rounded to the tensor's type.
inline void Fill(Tensor& tensor, float value) {
  if (tensor.dtype() == DType::kF32) std::ranges::fill(tensor.span<float>(), value);
  if (tensor.dtype() == DType::kBF16) std::ranges::fill(tensor.span<BFloat16>(), BFloat16::FromFloat(value));
}

inline Tensor Filled(Shape shape, DType dtype, float value) {
  Tensor tensor(shape, dtype);
  Fill(tensor, value);
  return tensor;
}

inline Tensor RandomTensor(Shape shape, DType dtype, uint32_t seed, double low = -1, double high = 1) {
  Tensor tensor(shape, dtype);
  const std::vector<double> values = RandomDoubles(shape.size(), seed, low, high);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<float>(values[i]);
    if (dtype == DType::kF32) tensor.data<float>()[i] = value;
    if (dtype == DType::kBF16) tensor.data<BFloat16>()[i] = BFloat16::FromFloat(value);
    if (dtype == DType::kU8)
      tensor.data<uint8_t>()[i] = static_cast<uint8_t>(std::lround(127.5 + 127.5 * value));
  }
  return tensor;
}

// The stored elements, widened.
template <class T = double>
std::vector<T> Widen(const Tensor& tensor) {
  std::vector<T> values(static_cast<size_t>(tensor.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] =
        static_cast<T>(tensor.dtype() == DType::kF32    ? tensor.data<float>()[i]
                       : tensor.dtype() == DType::kBF16 ? tensor.data<BFloat16>()[i].ToFloat()
                                                        : static_cast<float>(tensor.data<uint8_t>()[i]));
  }
  return values;
}

// The largest |a - b| divided by the largest |b|; infinity if there is a NaN or the sizes differ.
inline double RelativeError(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double worst = 0, scale = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return scale > 0 ? worst / scale : worst;
}

}  // namespace hourglass::test
