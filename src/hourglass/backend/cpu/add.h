// Adds one tensor to another.
#pragma once

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass::cpu {

// As Backend::Add: y += x, for any two layouts.
void AddTensor(Team& team, const Tensor& x, Tensor& y);

}  // namespace hourglass::cpu
