#include "hourglass/data/formats/cifar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCifarBatches = 5;
constexpr int64_t kCifarSide = 32, kCifarPixels = 3 * kCifarSide * kCifarSide;

struct CifarFiles {
  std::vector<fs::path> train;
  fs::path test;       // empty if there is none
  int64_t labels = 1;  // per record; the last one is the class
  const char* names;   // the file of class names
  int32_t classes = 0;
};

// Empty if the folder has no such files.
CifarFiles FindCifar(const fs::path& folder) {
  std::error_code error;
  CifarFiles files{.train = {}, .test = {}, .labels = 1, .names = "batches.meta.txt", .classes = 10};
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("data_batch_") && name.ends_with(".bin")) files.train.push_back(entry.path());
  }
  std::ranges::sort(files.train);
  files.test = folder / "test_batch.bin";
  const bool fine = files.train.empty() && fs::exists(folder / "train.bin", error);
  if (fine) {
    files = {.train = {folder / "train.bin"},
             .test = folder / "test.bin",
             .labels = 2,
             .names = "fine_label_names.txt",
             .classes = 100};
  }
  if (!fs::exists(files.test, error)) files.test.clear();
  return files;
}

std::vector<std::string> ClassNames(const fs::path& path) {
  std::error_code error;
  std::vector<std::string> names;
  if (!fs::exists(path, error)) return names;
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  return names;
}

std::shared_ptr<const Dataset> ReadRecords(const std::vector<fs::path>& paths, const CifarFiles& files,
                                           const std::vector<std::string>& names) {
  const int64_t record = files.labels + kCifarPixels;
  std::vector<std::string> contents;
  int64_t count = 0;
  for (const fs::path& path : paths) {
    contents.push_back(ReadFile(path));
    const auto size = std::ssize(contents.back());
    if (size == 0 || size % record != 0) {
      throw DataError({.what = fmt::format("{} does not consist of whole records", path.string()),
                       .expected = fmt::format("a multiple of {} bytes ({} and {} pixels)", record,
                                               files.labels == 1 ? "a label" : "two labels", kCifarPixels),
                       .got = fmt::format("{} bytes", size),
                       .hint = "it is truncated or damaged: fetch it again"});
    }
    count += size / record;
  }
  Tensor images({count, 3, kCifarSide, kCifarSide}, DType::kU8);
  auto* to = images.data<uint8_t>();
  std::vector<int32_t> labels;
  for (size_t file = 0; file < paths.size(); ++file) {
    const auto* from = reinterpret_cast<const uint8_t*>(contents[file].data());
    for (int64_t i = 0; i < std::ssize(contents[file]) / record; ++i, from += record) {
      const int32_t label = from[files.labels - 1];
      if (label >= files.classes) {
        throw DataError({.what = fmt::format("{}, byte {}: not a label", paths[file].string(),
                                             i * record + files.labels - 1),
                         .expected = fmt::format("0 to {}", files.classes - 1),
                         .got = fmt::format("{}", label),
                         .hint = "the file is damaged, or of another kind"});
      }
      labels.push_back(label);
      to = std::copy_n(from + files.labels, kCifarPixels, to);
    }
  }
  return std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels),
                                                 DataNames{.classes = names});
}

}  // namespace

int CifarClasses(const fs::path& folder) {
  const CifarFiles files = FindCifar(folder);
  return files.train.empty() ? 0 : files.classes;
}

OpenedData OpenCifarFiles(const fs::path& folder, bool with_test, const std::vector<std::string>& classes) {
  const CifarFiles files = FindCifar(folder);
  std::vector<std::string> names = ClassNames(folder / files.names);
  if (names.empty()) names = classes;
  OpenedData opened{
      .location = folder.string(), .train = ReadRecords(files.train, files, names), .test = nullptr};
  if (files.labels == 1 && files.train.size() < kCifarBatches) {
    opened.note =
        fmt::format("{} of CIFAR-10's {} training batches are there", files.train.size(), kCifarBatches);
  }
  if (files.test.empty())
    opened.note += opened.note.empty() ? "the test images are missing" : ", and no test images";
  if (!files.test.empty() && with_test) opened.test = ReadRecords({files.test}, files, names);
  return opened;
}

bool IsCifarFolder(const DataOptions& options) {
  return CifarClasses(options.name) > 0;
}

OpenedData OpenCifarFolder(const DataOptions& options) {
  return OpenCifarFiles(options.name, options.wants_test());
}

}  // namespace hourglass
