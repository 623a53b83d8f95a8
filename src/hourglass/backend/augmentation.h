// Random changes of training images that keep what they show.
#pragma once

#include <cstdint>

namespace hourglass {

inline constexpr int64_t kLargestShift = 1000;
inline constexpr double kSmallestCrop = 0.05;

struct Augmentation {
  bool flip = false;  // mirror each image left to right with probability 1/2
  // Move each image by a whole number of pixels from -shift to shift, down and to the right; both numbers are
  // drawn independently. Pixels that come from outside the image repeat its nearest edge.
  int64_t shift = 0;  // up to kLargestShift
  // Cut out a part of each image and enlarge it to the size of the whole. Height and width of the part are
  // the same share of the image's, drawn evenly from `crop` to 1; so is the place of the part.
  double crop = 1;  // from kSmallestCrop
  // Multiply brightness, contrast (around 1/2) and saturation by numbers drawn evenly between 1 - jitter and
  // 1 + jitter. Pixels stay between 0 and 1.
  double colour_jitter = 0;  // up to 1
  double grey_share = 0;     // the probability that an image loses its colours

  bool recolours() const { return colour_jitter > 0 || grey_share > 0; }
  // True if it leaves every image unchanged.
  bool none() const { return !flip && shift == 0 && crop == 1 && !recolours(); }
  bool operator==(const Augmentation&) const = default;
};

}  // namespace hourglass
