// Ranks of listed pairs in another space: distance counted in points.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

struct RankOptions {
  Distance distance = Distance::kL2;
  int threads = 0;                                  // 0: OpenMP's default
  std::function<void(double share)> progress = {};  // as NeighbourOptions
};

// The rank of each listed point around its row's point: 1 for the nearest other point, n - 1 for the
// farthest; equal distances by lower index. points u8 or f32 [n, …]; lists [n, m], each row of points other
// than its own, in any order, repeats allowed. Returns [n, m].
//
// Every distance is computed once and counted between the listed ones; only the lists and a block of
// distances are in memory. Throws as NearestNeighbours does, and a usage Error if `lists` is not a whole
// number of rows or names a point that is not there or the row's own.
std::vector<uint32_t> RanksOf(const Tensor& points, std::span<const uint32_t> lists,
                              const RankOptions& options);

}  // namespace hourglass
