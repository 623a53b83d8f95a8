// Neighbours of points with few coordinates, found with a k-d tree.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// With more coordinates, most boxes of a tree are near most points, so SearchTiles is faster.
inline constexpr int64_t kTreeCoordinates = 10;

// As NearestNeighbours, with arguments already checked, for points f32 [n, 1 … kTreeCoordinates]. A null
// `queries` means all points, each excluding itself. Work per query grows with k and log n even if many or
// all points are equal, because a box stores its lowest index.
Neighbours SearchTree(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

// Memory used, excluding the input.
int64_t TreeSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

}  // namespace hourglass
