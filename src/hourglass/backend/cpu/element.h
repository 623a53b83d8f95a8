// One element of f32 or bf16.
#pragma once

#include "hourglass/core/dtype.h"

namespace hourglass::cpu {

inline float Wide(float value) {
  return value;
}
inline float Wide(BFloat16 value) {
  return value.ToFloat();
}

inline void Set(float value, float& to) {
  to = value;
}
inline void Set(float value, BFloat16& to) {
  to = BFloat16::FromFloat(value);
}

// to += value, in f32.
inline void Add(double value, float& to) {
  to += static_cast<float>(value);
}
inline void Add(double value, BFloat16& to) {
  to = BFloat16::FromFloat(to.ToFloat() + static_cast<float>(value));
}

}  // namespace hourglass::cpu
