#include "hourglass/data/digits/pen.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass {
namespace {

constexpr float kEdge = 1.1f;  // pixels over which ink fades from full to none

struct Extent {
  PenPoint low = {std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
  PenPoint high = {std::numeric_limits<float>::lowest(), std::numeric_limits<float>::lowest()};
};

Extent ExtentOf(const std::vector<Polyline>& lines) {
  Extent extent;
  for (const Polyline& line : lines) {
    for (const PenPoint& point : line) {
      extent.low = {std::min(extent.low.x, point.x), std::min(extent.low.y, point.y)};
      extent.high = {std::max(extent.high.x, point.x), std::max(extent.high.y, point.y)};
    }
  }
  return extent;
}

float SquaredDistance(PenPoint p, PenPoint a, PenPoint b) {
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  const float length = dx * dx + dy * dy;
  const float along =
      length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0f, 1.0f) : 0.0f;
  const float x = p.x - a.x - along * dx;
  const float y = p.y - a.y - along * dy;
  return x * x + y * y;
}

// For pixels within `reach` of segment a b, reduces the pixel centre's squared distance to the nearest line.
void AddSegment(PenPoint a, PenPoint b, float reach, InkBox& squared) {
  const int left = std::max(0, static_cast<int>(std::floor(std::min(a.x, b.x) - reach)));
  const int right = std::min(kBoxSize - 1, static_cast<int>(std::ceil(std::max(a.x, b.x) + reach)));
  const int top = std::max(0, static_cast<int>(std::floor(std::min(a.y, b.y) - reach)));
  const int bottom = std::min(kBoxSize - 1, static_cast<int>(std::ceil(std::max(a.y, b.y) + reach)));
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      float& nearest = squared[static_cast<size_t>(y * kBoxSize + x)];
      const PenPoint centre = {static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
      nearest = std::min(nearest, SquaredDistance(centre, a, b));
    }
  }
}

}  // namespace

InkBox DrawInBox(const std::vector<Polyline>& lines, float width) {
  const Extent extent = ExtentOf(lines);
  const float wide = extent.high.x - extent.low.x;
  const float high = extent.high.y - extent.low.y;
  const float scale = (kBoxSize - width) / std::max(wide, high);
  const PenPoint offset = {(kBoxSize - scale * wide) / 2 - scale * extent.low.x,
                           (kBoxSize - scale * high) / 2 - scale * extent.low.y};
  const auto place = [&](PenPoint p) { return PenPoint{scale * p.x + offset.x, scale * p.y + offset.y}; };

  const float reach = (width + kEdge) / 2;
  InkBox ink;
  ink.fill(reach * reach);
  for (const Polyline& line : lines) {
    for (size_t i = 1; i < line.size(); ++i) AddSegment(place(line[i - 1]), place(line[i]), reach, ink);
  }
  for (float& pixel : ink) pixel = std::clamp((reach - std::sqrt(pixel)) / kEdge, 0.0f, 1.0f);
  return ink;
}

}  // namespace hourglass
