// Measures whether points lie nearer to their own class than to any other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

struct SilhouetteScore {
  int64_t points = 0;  // that it is computed from
  double mean = 0;
};

// The mean over the points of (b - a) / max(a, b), in [-1, 1]: a is a point's mean distance (true, not
// squared) to the others of its class, b the smallest mean distance to the points of another class. 0 for a
// point that is alone in its class, and if a = b = 0. Nothing for fewer than two classes. Rousseeuw,
// "Silhouettes: a graphical aid", J. Comput. Appl. Math. 20 (1987).
//
// points u8 or f32 [n, …], labels [n]. Exact for up to 10,000 points of up to 16 numbers. Otherwise it is the
// silhouette of SampledPoints alone (all_sizes.h): 10,000 of them, and for more than 16 numbers fewer, so
// that the work stays the same. Does not depend on threads (≤ 0: OpenMP's default). Throws a usage Error
// unless there is one label per point; also throws as CheckPoints does.
std::optional<SilhouetteScore> Silhouette(const Tensor& points, std::span<const int32_t> labels,
                                          Distance distance, int threads);

}  // namespace hourglass
