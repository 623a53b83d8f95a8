// The element types of a tensor.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hourglass {

enum class DType { kF32, kBF16, kU8, kF64, kI32 };  // f64: sums of losses only; i32: labels in files

// The upper half of an IEEE single. For storage only; arithmetic is in float.
struct BFloat16 {
  uint16_t bits = 0;

  // Rounds to nearest, ties to even; NaN stays NaN.
  static BFloat16 FromFloat(float value) {
    const uint32_t wide = std::bit_cast<uint32_t>(value);
    if (value != value) return {static_cast<uint16_t>((wide >> 16) | 0x40)};
    return {static_cast<uint16_t>((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16)};
  }
  float ToFloat() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

size_t ByteSize(DType dtype);
std::string_view Name(DType dtype);

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kF32;
};
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::kBF16;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::kF64;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::kI32;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::kU8;
};

}  // namespace hourglass
