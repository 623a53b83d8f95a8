// Activations and their slopes, of one number in a kernel.
#pragma once

#include <cmath>

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/language.h"

namespace hourglass::cuda {

__host__ __device__ inline float Activate(Activation activation, float z) {
  switch (activation) {
    case Activation::kRelu:
      return z > 0 ? z : 0;
    case Activation::kLeakyRelu:
      return z > 0 ? z : static_cast<float>(kLeakySlope) * z;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
    default:
      return z;
  }
}

// The slope, computed from the output y of the activation.
__host__ __device__ inline float Slope(Activation activation, float y) {
  switch (activation) {
    case Activation::kRelu:
      return y > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return y > 0 ? 1 : static_cast<float>(kLeakySlope);
    case Activation::kSigmoid:
      return y * (1 - y);
    case Activation::kTanh:
      return 1 - y * y;
    default:
      return 1;
  }
}

}  // namespace hourglass::cuda
