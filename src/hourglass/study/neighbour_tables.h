// The tables of a neighbourhood study, published values beside measured ones.
#pragma once

#include <vector>

#include "hourglass/report/html.h"
#include "hourglass/study/neighbour_probe.h"

namespace hourglass {

// For each distance: scores, label rates and standard measures; finally the scores by label. Every table
// includes PCA and the rate of equal labels in pixels.
std::vector<Table> NeighbourTables(const NeighboursPlan& plan, const ProbedNeighbours& probed);

}  // namespace hourglass
