// Labels images by their nearest neighbours in another data set, to measure how well one represents the
// other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// For each point, the most frequent label among its `k` nearest (k ≤ neighbours.k); ties go to the label met
// first, which is the nearest. `labels` has one per point in the searched set. Throws a usage Error
// unless 1 ≤ k ≤ neighbours.k, or if a neighbour has no label.
std::vector<int32_t> MajorityLabels(const Neighbours& neighbours, int64_t k, std::span<const int32_t> labels);

// For each image of `queries`, the most frequent label among its k nearest images in `reference`, by L2 on
// pixels. Throws a usage Error if `reference` has no labels or image shapes differ; also throws as
// NearestNeighbours does.
std::vector<int32_t> LabelByNeighbours(const Dataset& reference, const Dataset& queries, int64_t k);

}  // namespace hourglass
