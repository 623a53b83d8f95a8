// The graph of nearest neighbours.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// For each of n points those that it shares an edge with, ascending.
struct NeighbourGraph {
  std::vector<int64_t> begin;    // [n + 1]
  std::vector<uint32_t> points;  // those of point i from begin[i] to begin[i + 1]

  int64_t size() const { return static_cast<int64_t>(begin.size()) - 1; }
  std::span<const uint32_t> Of(int64_t point) const {
    const auto at = static_cast<size_t>(point);
    return std::span(points).subspan(static_cast<size_t>(begin[at]),
                                     static_cast<size_t>(begin[at + 1] - begin[at]));
  }
};

// Two points share an edge if either is among the nearest neighbours of the other. So each has at least k.
NeighbourGraph SymmetricGraph(const Neighbours& neighbours);

}  // namespace hourglass
