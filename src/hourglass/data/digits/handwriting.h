// Turns a digit shape into handwritten lines with random variation.
#pragma once

#include <vector>

#include "hourglass/core/rng.h"
#include "hourglass/data/digits/pen.h"
#include "hourglass/data/digits/stroke_models.h"

namespace hourglass {

// A sequence of uniform and normal random numbers, from (epoch 0, sample) of a stream.
class Dice {
 public:
  Dice(const Rng& rng, uint64_t sample) : rng_(rng), sample_(sample) {}
  float Uniform(float low, float high) { return low + (high - low) * rng_.Uniform(0, sample_, 4 * next_++); }
  float Normal(float mean, float deviation) {
    return mean + deviation * rng_.Normal(0, sample_, 4 * next_++);
  }

 private:
  Rng rng_;
  uint64_t sample_;
  uint32_t next_ = 0;  // each number uses a separate block of four words
};

// Jitters the points of `shape`, draws smooth curves through them (Catmull-Rom, split at corners), bends the
// paper smoothly, and varies proportions, slant and rotation. The unit is the digit's height.
std::vector<Polyline> WriteByHand(const DigitShape& shape, Dice& dice);

// Picks a shape of `digit` with probability proportional to its weight.
const DigitShape& PickShape(int digit, Dice& dice);

}  // namespace hourglass
