// Exact nearest neighbours: every point against every other, by L1 or L2.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <variant>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

// The k nearest points of each of n points, nearest first; of equal distances the lower index first.
struct Neighbours {
  int64_t n = 0;
  int64_t k = 0;
  Distance distance = Distance::kL2;
  std::vector<uint32_t> indices;  // [n, k]
  // [n, k], L2 squared. Of bytes whole numbers, exact; of floats as FloatDistance computes them.
  std::variant<std::vector<int32_t>, std::vector<double>> distances;

  std::span<const uint32_t> Of(int64_t point) const {
    return std::span(indices).subspan(static_cast<size_t>(point * k), static_cast<size_t>(k));
  }
  double DistanceOf(int64_t point, int64_t place) const;
};

struct NeighbourOptions {
  Distance distance = Distance::kL2;
  int64_t k = 0;
  int threads = 0;  // 0: as many as OpenMP would take
  // Called now and then, from the calling thread, with the share of the work that is done. Must not throw.
  std::function<void(double share)> progress = {};
};

// The largest k. Beyond it nearness says little, and results become larger than data.
inline constexpr int64_t kMostNeighbours = 1000;

// Of every point its k nearest others (itself is left out by its index, so a point's double counts). points
// u8 or f32 [n, …], where numbers below 1.2e-38 may count as 0. Otherwise the result does not depend on
// threads or processor.
//
// Throws a usage Error when k is not in [1, min(n - 1, kMostNeighbours)] or when the memory that
// NeighbourBytes says is not there, a data Error when a number is NaN or infinite or when points have more
// elements than distances can count (bytes: 33,000; floats: a million).
Neighbours NearestNeighbours(const Tensor& points, const NeighbourOptions& options);

// Of every query its k nearest points, which may lie where the query lies. k up to the number of points; type
// and number of elements must be equal. Otherwise as above.
Neighbours NearestNeighbours(const Tensor& points, const Tensor& queries, const NeighbourOptions& options);

// Throws the data and usage Errors that concern the points alone.
void CheckPoints(const Tensor& points);

// The memory that the search among all points takes at its peak besides its input: the result (8 bytes a
// neighbour, of floats 12) and about as much as the input. Throws as the search does, but for numbers that
// are not finite and for memory.
int64_t NeighbourBytes(const Tensor& points, const NeighbourOptions& options);

}  // namespace hourglass
