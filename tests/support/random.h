// Random inputs and comparisons shared by the tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
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

// A tensor on the host with `value` in every element, rounded to its type.
inline Tensor Filled(Shape shape, DType dtype, float value) {
  Tensor tensor(shape, dtype);
  if (dtype == DType::kF32) std::ranges::fill(tensor.span<float>(), value);
  if (dtype == DType::kF64) std::ranges::fill(tensor.span<double>(), value);
  if (dtype == DType::kBF16) std::ranges::fill(tensor.span<BFloat16>(), BFloat16::FromFloat(value));
  if (dtype == DType::kU8) throw std::logic_error("Filled: no operation writes bytes");
  return tensor;
}

// Writes `value` to every element, rounded to the tensor's type, on any device.
inline void Fill(Tensor& tensor, float value) {
  const Tensor filled = Filled(tensor.shape(), tensor.dtype(), value);
  tensor.device().CopyFromHost(tensor.raw(), filled.raw(), filled.byte_size());
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

// The stored elements, widened. The tensor may be on any device.
template <class T = double>
std::vector<T> Widen(const Tensor& tensor) {
  if (!tensor.on_host()) return Widen<T>(tensor.CopyTo(HostDevice()));
  const auto widened = [&]<class Stored>(std::span<const Stored> stored) {
    return std::vector<T>(stored.begin(), stored.end());
  };
  switch (tensor.dtype()) {
    case DType::kF32:
      return widened(tensor.span<float>());
    case DType::kF64:
      return widened(tensor.span<double>());
    case DType::kU8:
      return widened(tensor.span<uint8_t>());
    case DType::kBF16: {
      std::vector<T> values;
      for (const BFloat16 value : tensor.span<BFloat16>()) values.push_back(static_cast<T>(value.ToFloat()));
      return values;
    }
    default:
      throw std::logic_error("Widen: a type that no operation computes with");
  }
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
