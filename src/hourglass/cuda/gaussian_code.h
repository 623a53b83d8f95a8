// The code of a variational autoencoder on a device.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/backend/backend.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// As in Backend, which has checked the tensors. All of them are on the device of the launcher's stream.
void SampleCodes(Launcher& launcher, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                 const Tensor& moments, Tensor& z);
void SampleCodesGradient(Launcher& launcher, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                         const Tensor& moments, const Tensor& dz, Tensor& dmoments);
void GaussianDivergence(Launcher& launcher, double free_bits, const Tensor& moments, double weight,
                        Tensor* dmoments, Tensor& sums, int64_t term);

}  // namespace hourglass::cuda
