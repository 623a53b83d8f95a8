// Steps of optimizers on a device.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void AdamStep(Launcher& launcher, const AdamSettings& settings, double learning_rate, int64_t step,
              const Tensor& grads, Tensor& params, Tensor& m, Tensor& v);
void AdamaxStep(Launcher& launcher, const AdamSettings& settings, double learning_rate, int64_t step,
                const Tensor& grads, Tensor& params, Tensor& m, Tensor& u);
void SgdStep(Launcher& launcher, const SgdSettings& settings, double learning_rate, const Tensor& grads,
             Tensor& params, Tensor& velocity);

}  // namespace hourglass::cuda
