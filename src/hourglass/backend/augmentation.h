// Random changes of training images that keep what they show.
#pragma once

#include <cstdint>

namespace hourglass {

inline constexpr int64_t kLargestShift = 1000;

struct Augmentation {
  bool flip = false;  // mirror each image left to right with probability 1/2
  // Move each image by a whole number of pixels from -shift to shift, down and to the right; both numbers are
  // drawn independently. Pixels that come from outside the image repeat its nearest edge.
  int64_t shift = 0;  // up to kLargestShift

  // True if it leaves every image unchanged.
  bool none() const { return !flip && shift == 0; }
  bool operator==(const Augmentation&) const = default;
};

}  // namespace hourglass
