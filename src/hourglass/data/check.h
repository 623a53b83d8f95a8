// Looks through a data set before anything is trained on it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass {

// Images with the same pixels as an earlier one, in the form that they were brought into.
struct Duplicates {
  int64_t count = 0;
  std::vector<std::pair<int64_t, int64_t>> examples = {};  // the earlier image, and the image
};

struct SplitDuplicates {
  Duplicates train;     // within the training images
  Duplicates held_out;  // within the held-out images
  Duplicates across;    // held-out images that are equal to a training image, which the examples name first
};

// At most `most` examples of each.
SplitDuplicates FindDuplicates(const Dataset& train, const Dataset& held_out, size_t most);

}  // namespace hourglass
