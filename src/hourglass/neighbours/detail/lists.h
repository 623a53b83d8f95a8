// The result of a neighbour search, before it is filled.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Lists of options.k neighbours for each query, with distances of type Value. A null `queries` means
// `points`.
template <class Value>
Neighbours ListsFor(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const int64_t n = (queries == nullptr ? points : *queries).rows();
  const auto size = static_cast<size_t>(n * options.k);
  return {.n = n,
          .k = options.k,
          .distance = options.distance,
          .indices = std::vector<uint32_t>(size),
          .distances = std::vector<Value>(size)};
}

}  // namespace hourglass
