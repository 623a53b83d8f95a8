// The attraction of t-SNE between neighbours in the plane.
#pragma once

#include <cstdint>

#include "hourglass/map/affinities.h"

namespace hourglass {

// Points (points[2i], points[2i + 1]); K(r) = 1 / (1 + |r|²).

// Writes Σ_j p_ij K(y_i - y_j) (y_i - y_j) for the rows i in [begin, end).
void Attract(const Affinities& affinities, const float* points, int64_t begin, int64_t end, float* force_x,
             float* force_y);

// Σ_ij p_ij ln K(y_i - y_j) over the rows in [begin, end).
double LogKernels(const Affinities& affinities, const float* points, int64_t begin, int64_t end);

}  // namespace hourglass
