// The loss over a contiguous piece of a batch, with its gradient in the same pass.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// The sum (not the mean) over `count` elements of (y - target)² or |y - target|: f32 within blocks of at most
// 4,096 elements, f64 over blocks. Unless dz is null, writes dz = gradient_scale · 2(y - target) ·
// activation'(y), or with sign(y - target) in place of 2(y - target).
template <class T>
double SumLoss(LossKind loss, const T* y, const T* target, int64_t count, Activation activation,
               float gradient_scale, T* dz);

}  // namespace hourglass::cpu
