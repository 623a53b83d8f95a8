// Places for the names in a plot, so that none covers another.
#pragma once

#include <span>

namespace hourglass {

// The room of a text, in pixels, y upwards.
struct TextBox {
  double x = 0, y = 0;  // its centre
  double width = 0, height = 0;
};

bool Cover(const TextBox& a, const TextBox& b);

// Moves each box into the plot, [0, width] x [0, height], and then up or down by whole heights, as little as
// possible, if it covers an earlier one. A box for which there is no room covers some.
void MoveApart(std::span<TextBox> boxes, double width, double height);

}  // namespace hourglass
