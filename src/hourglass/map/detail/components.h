// Where a map begins.
#pragma once

#include <cstdint>

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass {

// The coordinates of points (u8 or f32 [n, …]) along their leading principal components, one row of [d, n]
// for each. The components are those of at most 2,000 of the points, evenly spaced, by orthogonal iteration:
// good enough to begin with. In an arbitrary unit. Zero along components that do not exist.
Tensor LeadingCoordinates(const Tensor& points, int64_t d, uint64_t seed, Team& team);

}  // namespace hourglass
