// Turns a DType into a template argument.
#pragma once

#include "hourglass/core/dtype.h"

namespace hourglass::cpu {

// Calls work.operator()<T>() with the number type of `dtype`, f32 or bf16.
template <class Work>
void WithComputeType(DType dtype, const Work& work) {
  if (dtype == DType::kF32) return work.template operator()<float>();
  work.template operator()<BFloat16>();
}

}  // namespace hourglass::cpu
