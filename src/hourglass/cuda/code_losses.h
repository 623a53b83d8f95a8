// Losses of codes on a device: of neighbours, and of distances.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void NeighbourLoss(Launcher& launcher, const NeighbourLossSettings& settings, const Tensor& z,
                   std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums, int64_t term);
void CorrelationLoss(Launcher& launcher, const CorrelationSettings& settings, const Tensor& x,
                     const Tensor& z, double weight, Tensor* dz, Tensor& sums, int64_t term);

}  // namespace hourglass::cuda
