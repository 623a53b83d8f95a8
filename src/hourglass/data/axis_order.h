// The order in which an image file stores channels, height and width. In memory it is always [N, C, H, W].
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

// Channels first or last; rows before columns, or transposed. Grey images have no channel axis: for them kCHW
// equals kHWC, and kCWH equals kWHC.
enum class AxisOrder { kAuto, kCHW, kHWC, kCWH, kWHC };

// "auto", "chw", "hwc", "cwh", "whc".
const std::vector<std::string>& AxisOrderNames();
std::string Name(AxisOrder order);
// Throws a usage Error for another name.
AxisOrder ParseAxisOrder(std::string_view name);

// The numbers that are black and white in an array of images.
struct PixelRange {
  double low = 0, high = 255;

  bool operator==(const PixelRange&) const = default;
};
// "LOW:HIGH" with LOW < HIGH, both finite; nothing for "auto". Throws a usage Error for other texts.
std::optional<PixelRange> ParsePixelRange(std::string_view text);
std::string Name(const std::optional<PixelRange>& range);

struct GuessedOrder {
  AxisOrder order;
  std::string reason;  // empty for kCHW
};
// Resolves kAuto. A file whose name begins with "emnist-" is transposed, because EMNIST is. The last of three
// axes is the channel axis if it has size 1, 3 or 4 and the first axis does not. Otherwise kCHW. `sizes` are
// those in the file: [N, H, W], or [N, …] with three axes per image.
GuessedOrder GuessAxisOrder(std::span<const int64_t> sizes, std::string_view file_name);

// Rearranges u8 images, stored in `order` (not kAuto) as [N, H, W] or with three axes per image, to [N, C, H,
// W]. Throws a usage Error for kAuto or other tensors.
void ArrangeAxes(Tensor& images, AxisOrder order);

}  // namespace hourglass
