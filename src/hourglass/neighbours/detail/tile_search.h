// Finds neighbours by computing every distance, in tiles that fit the caches.
#pragma once

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Fills the lists of `result` (lists.h), as NearestNeighbours, with arguments already checked. A null
// `queries` means all points, each excluding itself; each tile is then computed once and serves both its rows
// and its columns.
void SearchTiles(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                 Neighbours& result);

// Memory used beside the input and the lists.
int64_t TileSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options);

}  // namespace hourglass
