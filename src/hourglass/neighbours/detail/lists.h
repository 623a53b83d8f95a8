// The result of a neighbour search, before it is filled.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Lists of options.k neighbours for each query, with unspecified values. A null `queries` means `points`.
// Throws a system Error if there is room neither in memory nor on disk.
inline Neighbours ListsFor(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const int64_t n = (queries == nullptr ? points : *queries).rows();
  const auto size = static_cast<size_t>(n * options.k);
  using Distances = decltype(Neighbours::distances);
  const bool bytes = points.dtype() == DType::kU8;
  return {.n = n,
          .k = options.k,
          .distance = options.distance,
          .indices = LargeVector<uint32_t>(size),
          .distances = bytes ? Distances(LargeVector<int32_t>(size)) : Distances(LargeVector<double>(size))};
}

// How many bytes such lists take in memory.
inline int64_t ListBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const int64_t n = (queries == nullptr ? points : *queries).rows();
  const auto size = static_cast<size_t>(n * options.k);
  const size_t distance = points.dtype() == DType::kU8 ? sizeof(int32_t) : sizeof(double);
  return static_cast<int64_t>(BytesInMemory(size * sizeof(uint32_t)) + BytesInMemory(size * distance));
}

}  // namespace hourglass
