// Exact nearest neighbours by L1 or L2.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <variant>

#include "hourglass/core/large_vector.h"
#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

// The k nearest points of each of n points, nearest first; equal distances by lower index.
struct Neighbours {
  int64_t n = 0;
  int64_t k = 0;
  Distance distance = Distance::kL2;
  LargeVector<uint32_t> indices;  // [n, k]
  // [n, k], L2 squared. For bytes exact integers; for floats as FloatDistance computes them.
  std::variant<LargeVector<int32_t>, LargeVector<double>> distances;

  std::span<const uint32_t> Of(int64_t point) const {
    return std::span(indices).subspan(static_cast<size_t>(point * k), static_cast<size_t>(k));
  }
  double DistanceOf(int64_t point, int64_t place) const;
};

// The `k` nearest alone. Throws a usage Error unless k is in [1, neighbours.k].
Neighbours NearestOf(const Neighbours& neighbours, int64_t k);

struct NeighbourOptions {
  Distance distance = Distance::kL2;
  int64_t k = 0;
  int threads = 0;  // 0: OpenMP's default
  // Called occasionally, from the calling thread, with the share of the work done. Must not throw.
  std::function<void(double share)> progress = {};
};

// The largest k. Larger neighbourhoods say little about nearness, and results become larger than the data.
inline constexpr int64_t kMostNeighbours = 1000;

// Finds the k nearest other points of every point (a point is excluded by its index, so its duplicates
// count). points u8 or f32 [n, …], where magnitudes below 1.2e-38 may count as 0. Otherwise the result does
// not depend on threads or processor.
//
// Throws a usage Error if k is not in [1, min(n - 1, kMostNeighbours)] or if the memory given by
// NeighbourBytes is not available; a data Error if a number is NaN or infinite or if points have more
// elements than distances can count (bytes: 33,000; floats: a million).
Neighbours NearestNeighbours(const Tensor& points, const NeighbourOptions& options);

// Finds the k nearest points of every query; a point in the same place as the query counts. k is at most the
// number of points; points and queries must have equal type and row size. Otherwise as above.
Neighbours NearestNeighbours(const Tensor& points, const Tensor& queries, const NeighbourOptions& options);

// Throws the data and usage Errors that depend only on the points.
void CheckPoints(const Tensor& points);
// The same for queries among `points`; a usage Error if they differ from the points in type or row size.
void CheckQueries(const Tensor& points, const Tensor& queries);

// Peak memory of the search among all points, excluding its input: the result (8 bytes per neighbour, 12 for
// floats) and about as much as the input, as far as these are not so large that they lie on disk
// (LargeVector). Throws as the search does, except for memory and non-finite numbers.
int64_t NeighbourBytes(const Tensor& points, const NeighbourOptions& options);

}  // namespace hourglass
