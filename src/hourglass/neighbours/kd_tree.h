// Neighbours of points with few coordinates, by a k-d tree.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// With more coordinates most boxes of a tree are near most points: there SearchTiles is faster.
inline constexpr int64_t kTreeCoordinates = 10;

// As NearestNeighbours, whose checks have been made, for points f32 [n, 1 … kTreeCoordinates]; `queries` null
// stands for all points, each without itself. Work per query grows with k and log n even where many or all
// points are equal, because a box knows the lowest index in it.
Neighbours SearchTree(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

// The memory it takes besides its input.
int64_t TreeSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

}  // namespace hourglass
