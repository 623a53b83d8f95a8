// Labels images by their nearest neighbours in another data set: how well does one stand for the other?
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// For each point the label that most of its `k` nearest carry (k ≤ neighbours.k); of labels with equally many
// the one met first, that is nearest. `labels` has one a point that neighbours were searched among.
std::vector<int32_t> MajorityLabels(const Neighbours& neighbours, int64_t k, std::span<const int32_t> labels);

// For each image of `queries` the label that most of its k nearest images of `reference` carry, by L2 on
// pixels. Throws a usage Error when `reference` has no labels or when image shapes differ, and those of
// NearestNeighbours.
std::vector<int32_t> LabelByNeighbours(const Dataset& reference, const Dataset& queries, int64_t k);

}  // namespace hourglass
