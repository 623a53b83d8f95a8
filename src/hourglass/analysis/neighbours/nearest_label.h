// Labels images by their nearest neighbours in another data set: how well does one stand for the other?
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// For each image of `queries` the label that most of its k nearest images of `reference` carry. Distance is
// L2 on pixels in f32, exhaustively (equal distances: the lower index first); of labels with equal votes the
// one met first, that is nearest. Throws a usage Error when `reference` has no labels or fewer than k images,
// or when image shapes differ.
std::vector<uint8_t> LabelByNeighbours(Backend& backend, const Dataset& reference, const Dataset& queries,
                                       int k);

}  // namespace hourglass
