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
#include "hourglass/data/archive.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/formats/number_images.h"

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
  Tensor array = npz.Take(names.images);
  return ToDataset({std::move(array)}, npz.TakeLabels(names.labels), {}, options, npz.Where(names.images),
                   note);
}

}  // namespace

bool IsNpyFile(const DataOptions& options) {
  return StartOf(options.name).starts_with("\x93NUMPY");
}

std::optional<fs::path> NpyLabelsBeside(const fs::path& images) {
  fs::path beside = images;
  beside.replace_filename(beside.stem().string() + "_labels.npy");
  std::error_code error;
  return fs::exists(beside, error) ? std::optional(beside) : std::nullopt;
}

OpenedData OpenNpyFile(const DataOptions& given) {
  DataOptions options = given;
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  std::vector<int32_t> labels;
  if (const auto beside = NpyLabelsBeside(options.name)) labels = ReadNpyLabels(*beside);
  StoredArray array = OpenArray(options.name, FindNpyBytes(options.name), ReadNpy);
  opened.train = ToDataset(std::move(array), std::move(labels), {}, options, options.name, opened.note);
  opened.range = options.range;
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
  const std::string val = npz.Find({"x_val", "X_val", "val_images", "val_x"});
  if (test.images == train.images) test = {};
  if (!test.images.empty() && !val.empty()) opened.note = fmt::format("{} not used", npz.Where(val));
  if (test.images.empty() && val != train.images) {
    test = {val, npz.Find({"y_val", "Y_val", "val_labels", "val_y"})};
    opened.test_name = "val";
  }
  opened.train = ReadPartOf(npz, train, options, opened.note);
  std::string test_note;  // says the same
  if (!test.images.empty() && options.wants_test()) opened.test = ReadPartOf(npz, test, options, test_note);
  opened.range = options.range;
  return opened;
}

}  // namespace hourglass
