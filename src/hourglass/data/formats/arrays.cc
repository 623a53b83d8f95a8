#include "hourglass/data/formats/arrays.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/detail/archive.h"
#include "hourglass/data/formats/npy.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

std::string StartOf(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  std::string start(6, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(file.gcount()));
  return start;
}

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

// What black and white are: as `asked`, or guessed from the numbers.
PixelRange RangeOf(const std::optional<PixelRange>& asked, const PixelRange& spread,
                   const std::string& where) {
  const PixelRange range = asked ? *asked : spread.high <= 1 ? PixelRange{0, 1} : PixelRange{0, 255};
  if (spread.low >= range.low && spread.high <= range.high) return range;
  throw DataError({.what = fmt::format("{}: pixels are outside their range", where),
                   .expected = fmt::format("{} to {}", range.low, range.high),
                   .got = fmt::format("{} to {}", spread.low, spread.high),
                   .hint = "say which numbers are black and white",
                   .setting = fmt::format("range = {}:{}", std::floor(spread.low), std::ceil(spread.high))});
}

// Numbers as bytes. Sets the range of `options`, so that all parts get the same.
Tensor ToBytes(Tensor array, DataOptions& options, const std::string& where, std::string& note) {
  if (array.dtype() == DType::kU8) return array;
  const PixelRange range = RangeOf(options.range, SpreadOf(array, where), where);
  options.range = range;
  Tensor bytes(array.shape(), DType::kU8);
  bool rounded = false;
  for (int64_t i = 0; i < array.size(); ++i) {
    const double level = 255 * (array.data<float>()[i] - range.low) / (range.high - range.low);
    bytes.data<uint8_t>()[i] = static_cast<uint8_t>(std::lround(level));
    rounded |= std::abs(level - std::round(level)) > 1e-3;
  }
  note = fmt::format("pixels of {} read as {} (black) to {} (white){}", where, range.low, range.high,
                     rounded ? " and rounded to 8 bits" : "");
  return bytes;
}

// Images of any kind of array: [N, H, W], [N, C, H, W] or in another order of axes, or [N, H · H].
Tensor ToImages(Tensor array, DataOptions& options, const std::string& where, std::string& note) {
  Tensor images = ToBytes(std::move(array), options, where, note);
  const auto say = [&](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (images.shape().rank() == 2) {
    const auto side = std::llround(std::sqrt(static_cast<double>(images.row_size())));
    if (side * side != images.row_size()) {
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
  ArrangeAxes(images, open ? guess.order : options.axes);
  if (open && !guess.reason.empty())
    say(fmt::format("axes of {} read as {}, because {}", where, Name(guess.order), guess.reason));
  return images;
}

// The arrays of an npz file.
class Npz {
 public:
  explicit Npz(const fs::path& path) : path_(path.string()) {
    // Arrays of zeros and ones are packed well: a thousand times is the most that deflate can do.
    constexpr uint64_t kMostPacked = 1032, kLeast = uint64_t{1} << 20;
    const uint64_t most = kLeast + kMostPacked * fs::file_size(path);
    for (ArchiveMember& member : ReadArchive(
             path, [](const std::string& name) { return name.ends_with(".npy"); }, most)) {
      member.name.resize(member.name.size() - 4);
      members_.push_back(std::move(member));
    }
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const ArchiveMember& member : members_) names.push_back(member.name);
    return names;
  }
  // The first of these names that there is, or an empty one.
  std::string Find(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      if (Place(name) != members_.end()) return std::string(name);
    }
    return "";
  }
  std::string Where(const std::string& name) const { return fmt::format("{}: {}", path_, name); }
  Tensor Take(const std::string& name) { return ReadNpy(Content(name), Where(name)); }
  std::vector<int32_t> TakeLabels(const std::string& name) {
    if (name.empty()) return {};
    return ReadNpyLabels(Content(name), Where(name));
  }

 private:
  std::vector<ArchiveMember>::const_iterator Place(std::string_view name) const {
    return std::ranges::find(members_, name, &ArchiveMember::name);
  }
  std::string Content(const std::string& name) {
    return std::move(members_[static_cast<size_t>(Place(name) - members_.begin())].content);
  }

  std::string path_;
  std::vector<ArchiveMember> members_;
};

// The names of the images and labels of a part.
struct ArrayNames {
  std::string images, labels;
};

ArrayNames TrainNames(const Npz& npz) {
  ArrayNames names{
      npz.Find({"x_train", "X_train", "train_images", "train_x", "images", "x", "X", "data", "arr_0"}),
      npz.Find({"y_train", "Y_train", "train_labels", "train_y", "labels", "y", "Y", "targets", "arr_1"})};
  const std::vector<std::string> all = npz.names();
  if (names.images.empty() && all.size() == 1) names.images = all.front();
  return names;
}

std::shared_ptr<const Dataset> ReadPartOf(Npz& npz, const ArrayNames& names, DataOptions& options,
                                          std::string& note) {
  Tensor images = ToImages(npz.Take(names.images), options, npz.Where(names.images), note);
  return std::make_shared<const InMemoryDataset>(std::move(images), npz.TakeLabels(names.labels));
}

}  // namespace

bool IsNpyFile(const DataOptions& options) {
  return StartOf(options.name).starts_with("\x93NUMPY");
}

OpenedData OpenNpyFile(const DataOptions& given) {
  DataOptions options = given;
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  Tensor images = ToImages(ReadNpy(options.name), options, options.name, opened.note);
  fs::path beside = options.name;
  beside.replace_filename(beside.stem().string() + "_labels.npy");
  std::error_code error;
  std::vector<int32_t> labels;
  if (fs::exists(beside, error)) labels = ReadNpyLabels(beside);
  opened.train = std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels));
  return opened;
}

bool IsNpzFile(const DataOptions& options) {
  if (!StartOf(options.name).starts_with("PK\x03\x04")) return false;
  std::ifstream file(options.name, std::ios::binary);
  std::string start(512, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return start.find(".npy") != std::string::npos;
}

OpenedData OpenNpzFile(const DataOptions& given) {
  DataOptions options = given;
  Npz npz(options.name);
  const ArrayNames train = TrainNames(npz);
  if (train.images.empty()) {
    throw DataError(
        {.what = fmt::format("{} does not say which of its arrays holds the images", options.name),
         .expected = "x_train, train_images, images, x or data, or a single array",
         .got = fmt::format("{}", fmt::join(npz.names(), ", ")),
         .hint = "save it again with such a name"});
  }
  ArrayNames test{npz.Find({"x_test", "X_test", "test_images", "test_x"}),
                  npz.Find({"y_test", "Y_test", "test_labels", "test_y"})};
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  if (test.images.empty()) {
    test = {npz.Find({"x_val", "X_val", "val_images", "val_x"}),
            npz.Find({"y_val", "Y_val", "val_labels", "val_y"})};
    opened.test_name = "val";
  }
  opened.train = ReadPartOf(npz, train, options, opened.note);
  std::string test_note;  // says the same
  if (!test.images.empty() && options.val_share == 0) opened.test = ReadPartOf(npz, test, options, test_note);
  return opened;
}

}  // namespace hourglass
