// Neighbour lists as npy files, and searches with a cached result.
#pragma once

#include <filesystem>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Writes indices.npy (uint32 [n, k]) and distances.npy (int32 for bytes, else float64; L2 squared) into
// `folder`, which is created.
void WriteNeighbours(const std::filesystem::path& folder, const Neighbours& neighbours);

// NearestNeighbours of all points, or the result that an earlier call stored in `folder` for the same points
// and options. Subfolders are named after distance, k and the points' SHA-256. Throws as NearestNeighbours
// does, and a data Error if the stored result is damaged.
Neighbours KeptNeighbours(const std::filesystem::path& folder, const Tensor& points,
                          const NeighbourOptions& options);

// Stores the neighbours of all `points` where KeptNeighbours finds them.
void KeepNeighbours(const std::filesystem::path& folder, const Tensor& points, const Neighbours& neighbours);

}  // namespace hourglass
