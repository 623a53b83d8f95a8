#include "hourglass/data/pictures/form.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// The whole of `text` as a number from `low` to `high`.
std::optional<int64_t> WholeNumberIn(std::string_view text, int64_t low, int64_t high, int base = 10) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool valid =
      error == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
  return valid ? std::optional(value) : std::nullopt;
}

size_t PlaceIn(const std::vector<std::string>& names, std::string_view name, const char* what) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    throw UsageError({.what = fmt::format("unknown {} '{}'", what, name),
                      .expected = fmt::format("{}", fmt::join(names, ", "))});
  }
  return static_cast<size_t>(found - names.begin());
}

}  // namespace

std::string ToString(const PictureSize& size) {
  return fmt::format("{}x{}", size.height, size.width);
}

PictureSize ParsePictureSize(std::string_view text) {
  constexpr int64_t kMost = 65535;
  const size_t x = text.find('x');
  const auto height = WholeNumberIn(text.substr(0, x), 1, kMost);
  const auto width = x == std::string_view::npos ? height : WholeNumberIn(text.substr(x + 1), 1, kMost);
  if (height && width) return {*height, *width};
  throw UsageError({.what = "this is not a size of pictures",
                    .expected = "HEIGHTxWIDTH, each from 1 to 65535: 64x64",
                    .got = fmt::format("'{}'", text)});
}

const std::vector<std::string>& FitNames() {
  static const std::vector<std::string> names = {"crop", "pad", "stretch"};
  return names;
}

const std::vector<std::string>& ColourChannelsNames() {
  static const std::vector<std::string> names = {"auto", "grey", "rgb"};
  return names;
}

PictureFit ParseFit(std::string_view name) {
  return static_cast<PictureFit>(PlaceIn(FitNames(), name, "fit"));
}

ColourChannels ParseColourChannels(std::string_view name) {
  return static_cast<ColourChannels>(PlaceIn(ColourChannelsNames(), name, "channels"));
}

std::string Name(ColourChannels channels) {
  return ColourChannelsNames()[static_cast<size_t>(channels)];
}

std::array<uint8_t, 3> ParseBackground(std::string_view text) {
  if (text == "white") return {255, 255, 255};
  if (text == "black") return {0, 0, 0};
  if (const auto grey = WholeNumberIn(text, 0, 255)) {
    const auto level = static_cast<uint8_t>(*grey);
    return {level, level, level};
  }
  if (text.size() == 7 && text[0] == '#') {
    if (const auto rgb = WholeNumberIn(text.substr(1), 0, 0xFFFFFF, 16)) {
      return {static_cast<uint8_t>(*rgb >> 16), static_cast<uint8_t>(*rgb >> 8), static_cast<uint8_t>(*rgb)};
    }
  }
  throw UsageError({.what = "this is not a background",
                    .expected = "white, black, a grey level from 0 to 255, or #rrggbb",
                    .got = fmt::format("'{}'", text)});
}

double ScaleInto(const PictureForm& form, const PictureSize& size) {
  if (!form.size) return 1;
  const double down = static_cast<double>(form.size->height) / static_cast<double>(size.height);
  const double across = static_cast<double>(form.size->width) / static_cast<double>(size.width);
  return form.fit == PictureFit::kPad ? std::min(down, across) : std::max(down, across);
}

}  // namespace hourglass
