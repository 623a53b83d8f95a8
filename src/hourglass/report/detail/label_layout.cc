#include "hourglass/report/detail/label_layout.h"

#include <algorithm>
#include <cmath>

namespace hourglass {
namespace {

// `centre`, moved so that what is `size` large lies within [0, room], if it fits.
double Inside(double centre, double size, double room) {
  return std::max(size / 2, std::min(centre, room - size / 2));
}

// `box` where it covers none of `others`; as it is if there is no such place.
TextBox FreePlace(const TextBox& box, std::span<const TextBox> others, double plot_height) {
  const auto fits = [&](const TextBox& place) {
    return std::ranges::none_of(others, [&](const TextBox& other) { return Cover(place, other); });
  };
  if (fits(box)) return box;
  for (int lines = 1; lines * box.height < plot_height; ++lines) {
    for (const int direction : {1, -1}) {
      TextBox place = box;
      place.y += direction * lines * box.height;
      const bool inside = place.y >= box.height / 2 && place.y <= plot_height - box.height / 2;
      if (inside && fits(place)) return place;
    }
  }
  return box;
}

}  // namespace

bool Cover(const TextBox& a, const TextBox& b) {
  constexpr double kRounding = 1e-6;
  return std::abs(a.x - b.x) < (a.width + b.width) / 2 - kRounding &&
         std::abs(a.y - b.y) < (a.height + b.height) / 2 - kRounding;
}

void MoveApart(std::span<TextBox> boxes, double width, double height) {
  for (size_t i = 0; i < boxes.size(); ++i) {
    boxes[i].x = Inside(boxes[i].x, boxes[i].width, width);
    boxes[i].y = Inside(boxes[i].y, boxes[i].height, height);
    boxes[i] = FreePlace(boxes[i], boxes.first(i), height);
  }
}

}  // namespace hourglass
