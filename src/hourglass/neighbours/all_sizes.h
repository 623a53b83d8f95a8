// What codes keep of neighbourhoods of every size, from one neighbour to all: measured around some points, of
// which all others are sorted.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

// Definitions: measures.h; r(i, j) and s(i, j) are whole rankings, of equal distances the lower index first.
struct AllSizes {
  int64_t points = 0;  // around which it was measured
  double area = 0;     // under R_NX over ln k, k = 1 … n - 2
  // Of `area`, as an estimate of that of all points: s / √points · √(1 - points / n), s being the spread of
  // the points' own areas. 0 where all points were taken.
  double standard_error = 0;
  std::vector<int64_t> ks;  // about 60 sizes, evenly spread over ln k, 1 to n - 2
  std::vector<double> qnx;  // Q_NX at each of them
};

struct AllSizesOptions {
  Distance distance = Distance::kL2;
  int64_t points = 1000;                            // all where there are no more
  int threads = 0;                                  // 0: as many as OpenMP would take
  std::function<void(double share)> progress = {};  // as NeighbourOptions
};

// The points that a measurement of `points` of n points takes: drawn without repetition, always the same,
// ascending.
std::vector<uint32_t> SampledPoints(int64_t n, int64_t points);

// Measures each of `codes` (f32 [n, d]) against `input` (u8 or f32 [n, …]), n ≥ 3. The result does not depend
// on threads. Work is that of `points` · n distances in each space; memory besides the input is 64 rows of n
// distances and a few rows a thread. Throws a usage Error when points < 2, and those of CheckPoints.
std::vector<AllSizes> MeasureAllSizes(const Tensor& input, std::span<const Tensor* const> codes,
                                      const AllSizesOptions& options);

}  // namespace hourglass
