// How people write the ten digits: several shapes per digit, each with a few pen strokes through given
// points.
#pragma once

#include <span>
#include <vector>

namespace hourglass {

// A point on the pen's path; x to the right, y down, in units of the digit's height. The pen turns there
// smoothly, or sharply at a corner.
struct StrokePoint {
  float x = 0;
  float y = 0;
  bool corner = false;
};

using Stroke = std::vector<StrokePoint>;

// One way to write a digit, and its weight relative to the other shapes of its class.
struct DigitShape {
  float weight = 1;
  std::vector<Stroke> strokes;
};

// The shapes of `digit`; at least two. Throws a usage Error unless digit is from 0 to 9.
std::span<const DigitShape> ShapesOfDigit(int digit);

}  // namespace hourglass
