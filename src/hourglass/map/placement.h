// Codes for new points on a finished map.
#pragma once

#include <cstdint>

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

struct PlacementOptions {
  Distance distance = Distance::kL2;
  int64_t neighbours = 45;  // or all points, if they are fewer
  double perplexity = 20;   // of a new point's neighbours
};

// Places each of `added` (as points) where its nearest `points` lie on the map, whose codes [n, d] stay as
// they are: y maximises Σ_j p_j ln K(y - y_j) near the code of its nearest point, with K(r) = 1 / (1 + |r|²)
// and the affinities p_j of t-SNE. This is the attraction of the map without its repulsion. Where the
// neighbours lie in several places, it is one of these, not the empty middle. Each new point is placed for
// itself, so the result does not depend on the others. Returns f32 [m, d].
//
// Throws as NearestNeighbours does, and a usage Error if codes and points differ in number.
Tensor PlaceOnMap(const Tensor& points, const Tensor& codes, const Tensor& added,
                  const PlacementOptions& options, Team& team);

}  // namespace hourglass
