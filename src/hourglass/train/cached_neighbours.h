// The nearest neighbours of images, kept in the user's cache: they take seconds to find and serve many runs.
#pragma once

#include <string>

#include "hourglass/data/dataset.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

struct CachedNeighbours {
  Neighbours neighbours;
  std::string warning;  // why they could not be kept or read; else empty
};

// Neighbours of all images of `data`, by their pixels. A cache that cannot be used only costs time. Side by
// side, the same neighbours are found once. Throws as NearestNeighbours does.
CachedNeighbours FindCachedNeighbours(const Dataset& data, const NeighbourOptions& options);

}  // namespace hourglass
