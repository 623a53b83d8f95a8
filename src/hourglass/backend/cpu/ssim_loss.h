// 1 - SSIM between images and their reconstructions, with its gradient. Each thread computes whole images,
// and their losses are added in order, so the result does not depend on the number of threads.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass::cpu {

// The sum over the rows of 1 - SSIM, and its gradient, as Backend::SsimLoss defines them. Tensors are checked
// by the caller.
double SumOfSsimLoss(Team& team, const Tensor& y, const Tensor& target, Activation activation, double weight,
                     Accumulation accumulation, Tensor* dz);

}  // namespace hourglass::cpu
