// The order in which a file of images stores channels, height and width. In memory it is always [N, C, H, W].
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

// Channels first or last; rows before columns, or transposed. Files of grey images have no axis of channels:
// there kCHW and kHWC are the same, and so are kCWH and kWHC.
enum class AxisOrder { kAuto, kCHW, kHWC, kCWH, kWHC };

// "auto", "chw", "hwc", "cwh", "whc".
const std::vector<std::string>& AxisOrderNames();
std::string Name(AxisOrder order);
// Throws a usage Error for another name.
AxisOrder ParseAxisOrder(std::string_view name);

struct GuessedOrder {
  AxisOrder order;
  std::string reason;  // empty for kCHW
};
// What kAuto stands for. A file whose name begins with "emnist-" is transposed, as EMNIST is published. The
// last of three axes is that of the channels when it has 1, 3 or 4 elements and the first has not. Else kCHW.
// `sizes` are those of the file: [N, H, W], or [N, …] with three axes per image.
GuessedOrder GuessAxisOrder(std::span<const int64_t> sizes, std::string_view file_name);

// Moves u8 images, stored in `order` (not kAuto) as [N, H, W] or with three axes per image, to [N, C, H, W].
void ArrangeAxes(Tensor& images, AxisOrder order);

}  // namespace hourglass
