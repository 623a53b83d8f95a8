// Neighbours by computing every distance, in tiles that fit the caches.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// As NearestNeighbours, whose checks have been made; `queries` null stands for all points, each without
// itself. Then each tile is computed once and serves both its rows and its columns.
Neighbours SearchTiles(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

// The memory it takes besides its input.
int64_t TileSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

}  // namespace hourglass
