// Looks through a data set before anything is trained on it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// Images whose pixels are all the same, in the form that they were brought into.
struct Duplicates {
  int64_t within = 0;                                 // images that are equal to an earlier one of the part
  std::vector<std::pair<int64_t, int64_t>> examples;  // of these: the earlier image, and the image
};

// Images of `data` that are equal to an earlier one of it. At most `most` examples.
Duplicates FindDuplicates(const Dataset& data, size_t most);
// Images of `data` that are equal to one of `reference`; examples name that one first.
Duplicates FindDuplicates(const Dataset& reference, const Dataset& data, size_t most);

// The mean of all images as f32 [C, H, W] in [0, 1].
Tensor MeanImage(const Dataset& data);

}  // namespace hourglass
