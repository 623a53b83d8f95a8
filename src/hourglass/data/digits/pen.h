// Draws lines with a round pen into a greyscale image.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hourglass {

struct PenPoint {
  float x = 0;
  float y = 0;
};

using Polyline = std::vector<PenPoint>;

inline constexpr int kBoxSize = 20;  // pixels; a digit's ink fits into it
using InkBox = std::array<float, kBoxSize * kBoxSize>;

// Scales `lines` uniformly so that their ink, drawn with a pen of `width` pixels, just fits the box; centres
// them in it and draws them. Ink is 0 … 1: the covered part of a pixel, modelled as falling linearly over
// about one pixel with the distance from the pen's edge. The lines must have a nonzero extent.
InkBox DrawInBox(const std::vector<Polyline>& lines, float width);

}  // namespace hourglass
