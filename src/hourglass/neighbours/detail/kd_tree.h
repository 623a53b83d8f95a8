// Neighbours of points with few coordinates, found with a k-d tree.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// With more coordinates, most boxes of a tree are near most points, so SearchTiles is faster.
inline constexpr int64_t kTreeCoordinates = 10;

// Fills the lists of `result` (lists.h), as NearestNeighbours, with arguments already checked, for points
// f32 [n, 1 … kTreeCoordinates]. A null `queries` means all points, each excluding itself. Work per query
// grows with k and log n even if many or all points are equal, because a box stores its lowest index.
void SearchTree(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                Neighbours& result);

// Memory used beside the input and the lists.
int64_t TreeSearchBytes(const Tensor& points);

}  // namespace hourglass
