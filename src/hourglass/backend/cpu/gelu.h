// The Gaussian error linear unit and its gradient.
#pragma once

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass::cpu {

// As Backend::Gelu and Backend::GeluGradient. The distribution function has an error of at most 7.5e-8 beside
// the rounding of f32.
void Gelu(Team& team, const Tensor& x, Tensor& y);
void GeluGradient(Team& team, const Tensor& x, const Tensor& dy, Tensor& dx);

}  // namespace hourglass::cpu
