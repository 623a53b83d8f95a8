// Lists of neighbours as npy files, and searches whose result is kept.
#pragma once

#include <filesystem>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Writes indices.npy (uint32 [n, k]) and distances.npy (int32 of bytes, else float64; L2 squared) into
// `folder`, which is created.
void WriteNeighbours(const std::filesystem::path& folder, const Neighbours& neighbours);

// NearestNeighbours of all points, or what an earlier call has left in `folder` for the same points and
// options: a subfolder is named after distance, k and the points' SHA-256. Throws as NearestNeighbours, and a
// data Error when what was left is damaged.
Neighbours KeptNeighbours(const std::filesystem::path& folder, const Tensor& points,
                          const NeighbourOptions& options);

}  // namespace hourglass
