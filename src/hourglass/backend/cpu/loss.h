// The loss over a contiguous piece of a batch, with its gradient in the same pass.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// Where the gradient of a loss goes.
template <class T>
struct LossGradientOutput {
  T* dz = nullptr;  // null: no gradient
  float scale = 1;
  bool add = false;  // add to dz instead of overwriting it
};

// The sum (not the mean) of the loss over `count` elements: f32 within blocks of at most 4,096 elements, f64
// over blocks. Weights of channels are the caller's matter. Unless dz is null, dz = (or +=) scale · the
// gradient with respect to z, where y = activation(z).
template <class T>
double SumLoss(const LossSettings& loss, const T* y, const T* target, int64_t count, Activation activation,
               const LossGradientOutput<T>& gradient);

}  // namespace hourglass::cpu
