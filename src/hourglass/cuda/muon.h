// A step of Muon on a device.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void MuonStep(Launcher& launcher, const MuonSettings& settings, double learning_rate, const Tensor& grads,
              Tensor& params, Tensor& velocity);

}  // namespace hourglass::cuda
