// How people write the ten digits: for each class several shapes, each a few pen strokes through given
// points.
#pragma once

#include <span>
#include <vector>

namespace hourglass {

// A point that the pen passes; x to the right, y down, the digit being one unit high. The pen turns smoothly
// in it, or sharply at a corner.
struct StrokePoint {
  float x = 0;
  float y = 0;
  bool corner = false;
};

using Stroke = std::vector<StrokePoint>;

// One way to write a digit, and how often it is chosen among the shapes of its class (relative to their sum).
struct DigitShape {
  float weight = 1;
  std::vector<Stroke> strokes;
};

// The shapes of `digit`, 0 … 9; at least two.
std::span<const DigitShape> ShapesOfDigit(int digit);

}  // namespace hourglass
