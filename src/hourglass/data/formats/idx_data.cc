#include "hourglass/data/formats/idx_data.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/content_reader.h"
#include "hourglass/data/formats/idx.h"
#include "hourglass/data/formats/number_images.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// The images as stored, and the labels.
struct IdxPart {
  StoredArray images;
  std::vector<int32_t> labels;
};

std::vector<int32_t> ReadLabels(const fs::path& path, const IdxClasses& classes) {
  std::vector<int32_t> labels = ReadIdxLabels(path);
  for (int32_t& label : labels) {
    label -= classes.first;
    if (classes.names.empty() || (label >= 0 && label < std::ssize(classes.names))) continue;
    throw DataError(
        {.what = fmt::format("{}: label {} is none of the set's", path.string(), &label - labels.data()),
         .expected = fmt::format("{} to {}", classes.first, classes.first + std::ssize(classes.names) - 1),
         .got = fmt::format("{}", label + classes.first),
         .hint = "these are the files of another set"});
  }
  return labels;
}

IdxPart ReadPart(const fs::path& images_path, const std::optional<fs::path>& labels_path,
                 const IdxClasses& classes) {
  IdxPart part{OpenArray(images_path, FindIdxBytes(images_path), ReadIdxImages), {}};
  if (labels_path) part.labels = ReadLabels(*labels_path, classes);
  if (labels_path && part.labels.size() != static_cast<size_t>(part.images.array.rows())) {
    throw DataError(
        {.what = fmt::format("{} and {} do not belong together", images_path.string(), labels_path->string()),
         .expected = fmt::format("{} labels, one per image", part.images.array.rows()),
         .got = fmt::format("{} labels", part.labels.size()),
         .hint = "fetch or copy both files again"});
  }
  return part;
}

std::shared_ptr<const Dataset> ToDataset(IdxPart part, const fs::path& images_path, const IdxClasses& classes,
                                         DataOptions& options, std::string& note) {
  return ToDataset(std::move(part.images), std::move(part.labels), classes.names, options,
                   images_path.string(), note);
}

}  // namespace

OpenedData OpenIdxFiles(const IdxFiles& files, std::string location, const DataOptions& given,
                        const IdxClasses& classes) {
  // Decompression takes most of the startup time, so both parts are read at once.
  std::future<IdxPart> test;
  if (given.wants_test()) {
    test = std::async(std::launch::async,
                      [&] { return ReadPart(files.test_images, files.test_labels, classes); });
  }
  IdxPart train = ReadPart(files.train_images, files.train_labels, classes);
  DataOptions options = given;
  OpenedData opened{.location = std::move(location), .train = nullptr, .test = nullptr};
  opened.train = ToDataset(std::move(train), files.train_images, classes, options, opened.note);
  std::string test_note;  // says the same
  if (test.valid()) opened.test = ToDataset(test.get(), files.test_images, classes, options, test_note);
  opened.range = options.range;
  return opened;
}

bool IsIdxSet(const DataOptions& options) {
  return FindIdxSet(options.name).has_value();
}

OpenedData OpenIdxSet(const DataOptions& options) {
  return OpenIdxFiles(*FindIdxSet(options.name), options.name, options);
}

bool IsIdxFile(const DataOptions& options) {
  std::error_code error;
  if (!fs::is_regular_file(options.name, error)) return false;
  ContentReader reader(options.name);
  std::string start(4, '\0');
  start.resize(reader.Read(start.data(), start.size()));
  return DescribeIdx(start).has_value();
}

OpenedData OpenIdxFile(const DataOptions& given) {
  DataOptions options = given;
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  opened.train = ToDataset(ReadPart(options.name, FindLabelsBeside(options.name), {}), options.name, {},
                           options, opened.note);
  opened.range = options.range;
  return opened;
}

}  // namespace hourglass
