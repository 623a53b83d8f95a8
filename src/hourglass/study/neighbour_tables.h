// The tables of a neighbourhood study, published values beside measured ones.
#pragma once

#include <vector>

#include "hourglass/report/html.h"
#include "hourglass/study/neighbour_probe.h"

namespace hourglass {

// For each distance the scores, what labels say, and the measures of the field; at last the scores by label.
// PCA and the rate of equal labels in pixels stand in every one.
std::vector<Table> NeighbourTables(const NeighboursPlan& plan, const ProbedNeighbours& probed);

}  // namespace hourglass
