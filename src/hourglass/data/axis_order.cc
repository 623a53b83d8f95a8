#include "hourglass/data/axis_order.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

// For each order, which axes of the file's images hold C, H and W.
constexpr std::array<std::array<int, 3>, 5> kAxes = {{{0, 1, 2}, {0, 1, 2}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}}};

bool MayBeChannels(int64_t size) {
  return size == 1 || size == 3 || size == 4;
}

}  // namespace

const std::vector<std::string>& AxisOrderNames() {
  static const std::vector<std::string> kNames = {"auto", "chw", "hwc", "cwh", "whc"};
  return kNames;
}

std::string Name(AxisOrder order) {
  return AxisOrderNames()[static_cast<size_t>(order)];
}

AxisOrder ParseAxisOrder(std::string_view name) {
  const auto& names = AxisOrderNames();
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<AxisOrder>(found - names.begin());
  throw UsageError({.what = fmt::format("unknown axis order '{}'", name),
                    .expected = fmt::format("{}", fmt::join(names, ", ")),
                    .hint = DidYouMean(name, names)});
}

std::string Name(const std::optional<PixelRange>& range) {
  return range ? fmt::format("{}:{}", range->low, range->high) : "auto";
}

std::optional<PixelRange> ParsePixelRange(std::string_view text) {
  if (text == "auto") return std::nullopt;
  PixelRange range;
  const size_t colon = text.find(':');
  const auto parse = [](std::string_view part, double& value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    return error == std::errc() && end == part.data() + part.size() && std::isfinite(value);
  };
  if (colon != std::string_view::npos && parse(text.substr(0, colon), range.low) &&
      parse(text.substr(colon + 1), range.high) && range.low < range.high) {
    return range;
  }
  throw UsageError({.what = "this is not a range of pixels",
                    .expected = "auto, or BLACK:WHITE, such as -1:1",
                    .got = fmt::format("'{}'", text)});
}

GuessedOrder GuessAxisOrder(std::span<const int64_t> sizes, std::string_view file_name) {
  const bool last = sizes.size() == 4 && MayBeChannels(sizes[3]) && !MayBeChannels(sizes[1]);
  if (file_name.starts_with("emnist-")) {
    return {last ? AxisOrder::kWHC : AxisOrder::kCWH, "EMNIST is published transposed"};
  }
  if (!last) return {AxisOrder::kCHW, ""};
  return {AxisOrder::kHWC, fmt::format("the last of the axes [{}] counts channels", fmt::join(sizes, ", "))};
}

void ArrangeAxes(Tensor& images, AxisOrder order) {
  const Shape stored = images.shape();
  if (order == AxisOrder::kAuto || images.dtype() != DType::kU8 || stored.rank() < 3) {
    throw UsageError({.what = "cannot rearrange the axes of these images",
                      .expected = "u8 [N, H, W] or three axes per image, and a known order",
                      .got = fmt::format("{}, order {}", Describe(images), Name(order))});
  }
  if (stored.rank() == 3) {  // one channel, whatever the order says
    const bool last = kAxes[static_cast<size_t>(order)][0] == 2;
    images.Reshape(last ? Shape{stored[0], stored[1], stored[2], 1}
                        : Shape{stored[0], 1, stored[1], stored[2]});
    return ArrangeAxes(images, order);
  }
  if (order == AxisOrder::kCHW) return;
  const std::array<int64_t, 3> strides = {stored[2] * stored[3], stored[3], 1};
  const auto& axes = kAxes[static_cast<size_t>(order)];
  const auto size = [&](size_t axis) { return stored[axes[axis] + 1]; };
  const auto stride = [&](size_t axis) { return strides[static_cast<size_t>(axes[axis])]; };
  const int64_t pixels = images.row_size();
  std::vector<uint8_t> copy(static_cast<size_t>(pixels));
  for (int64_t n = 0; n < images.rows(); ++n) {
    uint8_t* to = images.data<uint8_t>() + n * pixels;
    std::copy_n(to, pixels, copy.data());
    for (int64_t c = 0; c < size(0); ++c) {
      for (int64_t h = 0; h < size(1); ++h) {
        const uint8_t* from = copy.data() + c * stride(0) + h * stride(1);
        for (int64_t w = 0; w < size(2); ++w) *to++ = from[w * stride(2)];
      }
    }
  }
  images.Reshape({stored[0], size(0), size(1), size(2)});
}

}  // namespace hourglass
