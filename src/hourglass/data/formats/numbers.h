// The number types that files of arrays hold, and their conversion.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hourglass/core/error.h"

namespace hourglass::numbers {

// IEEE 754 binary16.
struct Half {
  uint16_t bits;
};

inline float ToFloat(Half half) {
  const int exponent = half.bits >> 10 & 31;
  const int fraction = half.bits & 1023;
  float size = std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 31) {
    size = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent > 0) {
    size = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return half.bits >> 15 == 0 ? size : -size;
}

// Calls `visit` with a number of the type named `kind`, as in numpy.dtype.str without the byte order; false
// if there is no such type.
template <class Visit>
bool WithType(std::string_view kind, const Visit& visit) {
  if (kind == "u1" || kind == "b1") return visit(uint8_t{}), true;
  if (kind == "i1") return visit(int8_t{}), true;
  if (kind == "u2") return visit(uint16_t{}), true;
  if (kind == "i2") return visit(int16_t{}), true;
  if (kind == "u4") return visit(uint32_t{}), true;
  if (kind == "i4") return visit(int32_t{}), true;
  if (kind == "u8") return visit(uint64_t{}), true;
  if (kind == "i8") return visit(int64_t{}), true;
  if (kind == "f2") return visit(Half{}), true;
  if (kind == "f4") return visit(float{}), true;
  if (kind == "f8") return visit(double{}), true;
  return false;
}
inline constexpr char kTypes[] = "numbers: bool, whole numbers, or floats of 16, 32 or 64 bits";

// Converts from Fortran order (first axis varies fastest) to C order.
template <class T>
void ToCOrder(std::span<T> elements, std::span<const int64_t> sizes) {
  const std::vector<T> stored(elements.begin(), elements.end());
  std::vector<int64_t> strides(sizes.size(), 1);
  for (size_t axis = 1; axis < sizes.size(); ++axis) strides[axis] = strides[axis - 1] * sizes[axis - 1];
  std::vector<int64_t> index(sizes.size(), 0);
  int64_t from = 0;
  for (T& element : elements) {
    element = stored[static_cast<size_t>(from)];
    for (size_t axis = sizes.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < sizes[axis]) break;
      from -= strides[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
}

template <class T>
void SwapBytes(std::span<T> elements) {
  for (T& element : elements) {
    auto* bytes = reinterpret_cast<uint8_t*>(&element);
    std::reverse(bytes, bytes + sizeof(T));
  }
}

// The number as f32; empty if the conversion would change it. f64 is rounded, unless it is too large.
template <class T>
std::optional<float> AsFloat(T number) {
  if constexpr (std::is_same_v<T, Half>) {
    return ToFloat(number);
  } else if constexpr (std::is_floating_point_v<T>) {
    const auto rounded = static_cast<float>(number);
    return std::isinf(rounded) && !std::isinf(number) ? std::nullopt : std::optional(rounded);
  } else {
    constexpr int32_t kMost = 1 << 24;
    const bool exact = std::cmp_less_equal(number, kMost) && std::cmp_greater_equal(number, -kMost);
    return exact ? std::optional(static_cast<float>(number)) : std::nullopt;
  }
}

template <class T>
std::optional<int32_t> AsLabel(T number) {
  if constexpr (std::is_same_v<T, Half>) {
    return AsLabel(ToFloat(number));
  } else if constexpr (std::is_floating_point_v<T>) {
    const bool whole = number >= 0 && number < 2147483648.0 && std::trunc(number) == number;
    return whole ? std::optional(static_cast<int32_t>(number)) : std::nullopt;
  } else {
    return std::in_range<int32_t>(number) && std::cmp_greater_equal(number, 0)
               ? std::optional(static_cast<int32_t>(number))
               : std::nullopt;
  }
}

template <class T>
std::string Text(T number) {
  if constexpr (std::is_same_v<T, Half>) {
    return fmt::format("{}", ToFloat(number));
  } else {
    return fmt::format("{}", number);
  }
}

// All numbers, as many as `to` has. Throws a data Error that names `where` and the first one too large.
template <class T>
void ToFloats(std::span<const T> from, std::span<float> to, const std::string& where) {
  for (size_t i = 0; i < from.size(); ++i) {
    const std::optional<float> number = AsFloat(from[i]);
    if (!number) {
      throw DataError({.what = fmt::format("{}: element {} is too large for 32 bits", where, i),
                       .expected = "whole numbers up to 2^24, floats up to 3.4e38",
                       .got = Text(from[i])});
    }
    to[i] = *number;
  }
}

// Throws a data Error that names `where` and the first number that is not a label.
template <class T>
std::vector<int32_t> ToLabels(std::span<const T> from, const std::string& where) {
  std::vector<int32_t> labels;
  for (const T number : from) {
    const std::optional<int32_t> label = AsLabel(number);
    if (!label) {
      throw DataError({.what = fmt::format("{}: element {} is not a label", where, labels.size()),
                       .expected = "a whole number from 0 to 2^31 - 1",
                       .got = Text(number)});
    }
    labels.push_back(*label);
  }
  return labels;
}

}  // namespace hourglass::numbers
