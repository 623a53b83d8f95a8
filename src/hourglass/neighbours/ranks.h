// How far apart listed pairs are in another space, counted in points instead of distance.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

struct RankOptions {
  Distance distance = Distance::kL2;
  int threads = 0;                                  // 0: as many as OpenMP would take
  std::function<void(double share)> progress = {};  // as NeighbourOptions
};

// The rank of each listed point around its row's point: 1 for the nearest other point, n - 1 for the
// farthest; of equal distances the lower index first. points u8 or f32 [n, …]; lists [n, m], each row of
// other points than its own, in any order, also repeated. Returns [n, m].
//
// Every distance is computed once and counted between the listed ones; only the lists and a block of
// distances are in memory. Throws as NearestNeighbours does, and a usage Error when `lists` is no whole
// number of rows or names a point that is not there or the row's own.
std::vector<uint32_t> RanksOf(const Tensor& points, std::span<const uint32_t> lists,
                              const RankOptions& options);

}  // namespace hourglass
