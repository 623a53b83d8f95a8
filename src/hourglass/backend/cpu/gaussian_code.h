// The code of a variational autoencoder, as Backend::SampleCodes and Backend::GaussianDivergence define it.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/core/rng.h"
#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass::cpu {

void SampleCodes(Team& team, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                 const Tensor& moments, Tensor& z);
void SampleCodesGradient(Team& team, const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                         const Tensor& moments, const Tensor& dz, Tensor& dmoments);
// Returns the sum over all rows.
double SumOfDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments);

}  // namespace hourglass::cpu
