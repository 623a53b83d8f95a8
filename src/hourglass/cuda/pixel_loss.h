// Losses of single elements on a device.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void Loss(Launcher& launcher, const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
          int64_t term);
void LossGradient(Launcher& launcher, const LossSettings& loss, const Tensor& y, const Tensor& target,
                  Activation activation, double weight, Accumulation accumulation, Tensor& dz, Tensor& sums,
                  int64_t term);

}  // namespace hourglass::cuda
