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
// farthest; equal distances by lower index. points u8 or f32 [n, …]; lists [n, m]; row i lists points other
// than i, in any order, repeats allowed. Returns [n, m].
//
// Computes every distance once and counts it among the listed ones. Holds only the lists and a block of
// distances in memory. Throws as NearestNeighbours does, and a usage Error if `lists` is not a whole number
// of rows, or row i lists i or a point that does not exist.
std::vector<uint32_t> RanksOf(const Tensor& points, std::span<const uint32_t> lists,
                              const RankOptions& options);

// The same for points listed for other points: lists [queries, m], and the rank of a point around its row's
// query, 1 … n; a point in the same place as the query counts. Points and queries must have equal type and
// row size.
std::vector<uint32_t> RanksOf(const Tensor& points, const Tensor& queries, std::span<const uint32_t> lists,
                              const RankOptions& options);

// Ranking several lists in one pass costs little more than one, because most time goes into the distances.
// `lists`, each [n, m], side by side: [n, lists · m].
std::vector<uint32_t> SideBySide(std::span<const std::span<const uint32_t>> lists, int64_t n);
// The reverse: `count` lists from one, [n, count · m].
std::vector<std::vector<uint32_t>> Apart(std::span<const uint32_t> joined, int64_t n, size_t count);

}  // namespace hourglass
