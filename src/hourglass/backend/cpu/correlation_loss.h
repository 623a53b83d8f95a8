// The correlation of distances between images with those between codes, and its gradient. Each thread
// computes the pairs and the gradients of its rows, so the result does not depend on the number of threads.
#pragma once

#include "hourglass/backend/backend.h"
#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass::cpu {

// 1 - r as Backend::CorrelationLoss defines it; unless dz is null, adds weight · its gradient. Tensors are
// checked by the caller.
double CorrelationLoss(Team& team, const CorrelationSettings& settings, const Tensor& x, const Tensor& z,
                       double weight, Tensor* dz);

}  // namespace hourglass::cpu
