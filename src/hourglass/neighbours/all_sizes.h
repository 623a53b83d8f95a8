// Measures how well codes preserve neighbourhoods of every size, from one neighbour to all. For each point of
// a sample, it sorts all other points by distance.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

// Definitions: measures.h; r(i, j) and s(i, j) are complete rankings, with equal distances by lower index.
struct AllSizes {
  int64_t points = 0;  // number of points in the sample
  double area = 0;     // under R_NX over ln k, k = 1 … n - 2
  // Standard error of `area` as an estimate for all points: s / √points · √(1 - points / n), with s the
  // standard deviation of the points' individual areas. 0 if the sample has all points.
  double standard_error = 0;
  std::vector<int64_t> ks;  // about 60 sizes, evenly spread over ln k, 1 to n - 2
  std::vector<double> qnx;  // Q_NX at each of them
};

struct AllSizesOptions {
  Distance distance = Distance::kL2;
  int64_t points = 1000;                            // capped at n
  int threads = 0;                                  // 0: OpenMP's default
  std::function<void(double share)> progress = {};  // as NeighbourOptions
};

// The sample: `points` of n points without repetition, ascending. Always the same.
std::vector<uint32_t> SampledPoints(int64_t n, int64_t points);

// Measures each of `codes` (f32 [n, d]) against `input` (u8 or f32 [n, …]), n ≥ 3. The result does not depend
// on threads. Work: `points` · n distances in each space. Memory besides the input: 64 rows of n distances
// and a few rows per thread. Throws a usage Error if points < 2, n < 3, or a code has another shape or type;
// also throws as CheckPoints does.
std::vector<AllSizes> MeasureAllSizes(const Tensor& input, std::span<const Tensor* const> codes,
                                      const AllSizesOptions& options);

}  // namespace hourglass
