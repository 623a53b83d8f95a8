// The gradient of an activation and of a bias on a device.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// dy [N, O, …] becomes dz = dy ∘ activation'(y); db [O] = the sums of dz before rounding to bf16.
void MultiplyBySlope(Launcher& launcher, Activation activation, const Tensor& y, Tensor& dy, Tensor& db);

}  // namespace hourglass::cuda
