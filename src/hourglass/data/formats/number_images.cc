#include "hourglass/data/formats/number_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/mapped_dataset.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// The smallest and the largest number, which must be finite.
PixelRange SpreadOf(const Tensor& array, const std::string& where) {
  PixelRange spread{array.data<float>()[0], array.data<float>()[0]};
  for (int64_t i = 0; i < array.size(); ++i) {
    const double value = array.data<float>()[i];
    if (!std::isfinite(value)) {
      throw DataError({.what = fmt::format("{}: element {} is not finite", where, i),
                       .expected = "numbers",
                       .got = fmt::format("{}", value)});
    }
    spread.low = std::min(spread.low, value);
    spread.high = std::max(spread.high, value);
  }
  return spread;
}

// Whether images would be all but black in a range that nobody asked for: then it is probably a wrong guess.
// Images that are entirely black are so in any range.
bool IsAlmostBlack(const PixelRange& spread, const PixelRange& range) {
  constexpr double kDark = 8.0 / 255;
  return spread.high > range.low && spread.high < range.low + kDark * (range.high - range.low);
}

// What black and white are: as `options` say, or guessed from the numbers.
PixelRange RangeOf(const DataOptions& options, const PixelRange& spread, const std::string& where) {
  const PixelRange guess = spread.high <= 1 ? PixelRange{0, 1} : PixelRange{0, 255};
  const PixelRange range = options.range.value_or(guess);
  const bool inside = spread.low >= range.low && spread.high <= range.high;
  const bool asked = options.range && !options.range_guessed;
  if (inside && (asked || !IsAlmostBlack(spread, range))) return range;
  const char* fault = inside ? "almost black in their range" : "outside their range";
  throw DataError({.what = fmt::format("{}: pixels are {}", where, fault),
                   .expected = fmt::format("{} to {}", range.low, range.high),
                   .got = fmt::format("{} to {}", spread.low, spread.high),
                   .hint = "say which numbers are black and white",
                   .setting = fmt::format("range = {}:{}", std::floor(spread.low), std::ceil(spread.high))});
}

Tensor AsFloats(const Tensor& bytes) {
  Tensor floats(bytes.shape());
  std::ranges::copy(bytes.span<uint8_t>(), floats.data<float>());
  return floats;
}

// Numbers as bytes. Sets the range of `options`, so that all parts get the same.
Tensor ToBytes(Tensor array, DataOptions& options, const std::string& where, std::string& note) {
  if (array.dtype() == DType::kU8) {
    const bool grey = std::ranges::any_of(array.span<uint8_t>(), [](uint8_t level) { return level > 1; });
    if (grey && !options.range) return array;
    // Truth values, or bytes in another range.
    array = AsFloats(array);
  }
  const PixelRange range = RangeOf(options, SpreadOf(array, where), where);
  options.range_guessed |= !options.range;
  options.range = range;
  Tensor bytes(array.shape(), DType::kU8);
  bool rounded = false;
  for (int64_t i = 0; i < array.size(); ++i) {
    const double level = 255 * (array.data<float>()[i] - range.low) / (range.high - range.low);
    bytes.data<uint8_t>()[i] = static_cast<uint8_t>(std::lround(level));
    rounded |= std::abs(level - std::round(level)) > 1e-3;
  }
  if (rounded || range != PixelRange{0, 255}) {
    note = fmt::format("pixels of {} read as {} (black) to {} (white){}", where, range.low, range.high,
                       rounded ? " and rounded to 8 bits" : "");
  }
  return bytes;
}

int64_t SideOf(int64_t pixels) {
  return std::llround(std::sqrt(static_cast<double>(pixels)));
}

}  // namespace

StoredArray OpenArray(const fs::path& path, const std::optional<StoredBytes>& bytes,
                      Tensor (*read)(const fs::path& path)) {
  if (!bytes || bytes->shape.size() <= kLargeArray) return {read(path)};
  auto file = std::make_shared<const MappedFile>(path);
  const auto end = bytes->begin + static_cast<uint64_t>(bytes->shape.size());
  if (end > file->bytes().size())
    throw DataError({.what = fmt::format("{} has changed while it was opened", path.string())});
  return {Tensor::View(file->bytes().data() + bytes->begin, bytes->shape, DType::kU8), std::move(file)};
}

std::shared_ptr<const Dataset> ToDataset(StoredArray array, std::vector<int32_t> labels,
                                         std::vector<std::string> classes, DataOptions& options,
                                         const std::string& where, std::string& note) {
  Tensor images = ToImages(std::move(array.array), options, where, note);
  if (images.owns())
    return std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels),
                                                   DataNames{.classes = std::move(classes)});
  CheckLabelCount(images.rows(), labels.size());
  return std::make_shared<const MappedDataset>(
      std::move(array.file),
      MappedDataset::Part{
          .images = std::move(images), .labels = std::move(labels), .classes = std::move(classes)});
}

bool IsSquare(int64_t number) {
  return SideOf(number) * SideOf(number) == number;
}

Tensor ToImages(Tensor array, DataOptions& options, const std::string& where, std::string& note) {
  Tensor images = ToBytes(std::move(array), options, where, note);
  const auto say = [&](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (images.shape().rank() == 2) {
    const int64_t side = SideOf(images.row_size());
    if (!IsSquare(images.row_size())) {
      throw DataError({.what = fmt::format("{}: rows are no square images", where),
                       .expected = "[images, height, width], or rows of height · height pixels",
                       .got = Describe(images)});
    }
    say(fmt::format("rows of {} read as images of {} x {}", where, side, side));
    images.Reshape({images.rows(), 1, side, side});
    return images;
  }
  if (images.shape().rank() != 3 && images.shape().rank() != 4) {
    throw DataError({.what = fmt::format("{}: not an array of images", where),
                     .expected = "[images, height, width], with or without channels",
                     .got = Describe(images)});
  }
  const GuessedOrder guess = GuessAxisOrder(images.shape().sizes(), fs::path(where).filename().string());
  const bool open = options.axes == AxisOrder::kAuto;
  const AxisOrder order = open ? guess.order : options.axes;
  if (order != AxisOrder::kCHW && !images.owns()) images = images.Clone();
  ArrangeAxes(images, order);
  if (open && !guess.reason.empty())
    say(fmt::format("axes of {} read as {}, because {} (if this is wrong, set axes = chw)", where,
                    Name(guess.order), guess.reason));
  return images;
}

}  // namespace hourglass
