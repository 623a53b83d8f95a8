// Draws lines with a round pen into a grey picture.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hourglass {

struct Point {
  float x = 0;
  float y = 0;
};

using Polyline = std::vector<Point>;

inline constexpr int kBoxSize = 20;  // pixels; a digit's ink fits into it
using InkBox = std::array<float, kBoxSize * kBoxSize>;

// Scales `lines` evenly so that their ink, drawn with a pen of `width` pixels, just fits the box, puts them
// into its middle and draws them. Ink is 0 … 1: the part of a pixel that the pen covers, taken as falling
// linearly over about one pixel with the distance from the pen's edge. The lines must have an extent other
// than zero.
InkBox DrawInBox(const std::vector<Polyline>& lines, float width);

}  // namespace hourglass
