#include "hourglass/data/formats/folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/folder_listing.h"
#include "hourglass/data/pictures/reading.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTestFolders[] = {"test", "val", "valid", "validation"};

// Where the parts of a set lie. Without a test folder, all pictures are for training.
struct FolderParts {
  fs::path train;
  std::optional<fs::path> test = {};
};

FolderParts PartsOf(const fs::path& folder) {
  FolderParts parts{.train = folder};
  std::error_code error;
  if (!fs::is_directory(folder / "train", error)) return parts;
  for (const char* name : kTestFolders) {
    if (!fs::is_directory(folder / name, error)) continue;
    parts.train = folder / "train";
    parts.test = folder / name;
    break;
  }
  return parts;
}

// The pictures of a listing.
class ListedFiles : public PictureFiles {
 public:
  ListedFiles(const fs::path& folder, const FolderListing& listing) : folder_(folder), listing_(listing) {}

  size_t size() const override { return listing_.pictures.size(); }
  std::string name(size_t i) const override { return (folder_ / listing_.pictures[i].name).string(); }
  std::string Read(size_t i) const override { return ReadFile(listing_.pictures[i].path); }

 private:
  const fs::path& folder_;
  const FolderListing& listing_;
};

struct FolderPart {
  std::shared_ptr<const Dataset> data;
  PictureForm form;
};

// Gives each class of `listing` the number that it has in `classes`; new ones are added at the end.
void UseClasses(std::vector<std::string>& classes, FolderListing& listing) {
  std::vector<int32_t> numbers;
  for (const std::string& name : listing.classes) {
    const auto found = std::ranges::find(classes, name);
    numbers.push_back(static_cast<int32_t>(found - classes.begin()));
    if (found == classes.end()) classes.push_back(name);
  }
  for (ListedPicture& picture : listing.pictures) {
    if (picture.label >= 0) picture.label = numbers[static_cast<size_t>(picture.label)];
  }
}

FolderPart ReadFolderPart(const fs::path& folder, const FolderListing& listing,
                          const std::vector<std::string>& classes, const ReadingOptions& options,
                          DataReport& report) {
  if (listing.pictures.empty()) {
    throw DataError({.what = fmt::format("{} holds no pictures", folder.string()),
                     .expected = "PNG, JPEG, WebP, TIFF or BMP files"});
  }
  PicturesRead read = ReadPictures(ListedFiles(folder, listing), options);
  std::vector<int32_t> labels;
  DataNames names{.classes = classes, .images = {}};
  for (const size_t file : read.files) {
    if (!listing.classes.empty()) labels.push_back(listing.pictures[file].label);
    names.images.push_back(listing.pictures[file].name);
  }
  report.found += std::ssize(listing.pictures);
  report.hidden += listing.hidden;
  for (const auto& [extension, count] : listing.others) report.others[extension] += count;
  std::ranges::move(read.left_out, std::back_inserter(report.left_out));
  report.counts.Add(read.counts);
  return {
      std::make_shared<const InMemoryDataset>(std::move(read.images), std::move(labels), std::move(names)),
      read.form};
}

}  // namespace

bool IsPictureFolder(const DataOptions& options) {
  std::error_code error;
  return fs::is_directory(options.name, error) && HasPictures(options.name);
}

OpenedData OpenPictureFolder(const DataOptions& options) {
  const FolderParts parts = PartsOf(options.name);
  const bool with_test = parts.test.has_value() && options.val_share == 0;
  FolderListing train = ListPictures(parts.train);
  std::vector<std::string> classes = train.classes;
  std::optional<FolderListing> test;
  if (with_test) UseClasses(classes, test.emplace(ListPictures(*parts.test)));

  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  DataReport report;
  ReadingOptions reading{.form = options.form,
                         .skip_bad = options.skip_bad,
                         .inspect = options.inspect,
                         .progress = options.progress};
  FolderPart part = ReadFolderPart(parts.train, train, classes, reading, report);
  opened.train = std::move(part.data);
  opened.form = part.form;
  if (test) {
    reading.form.channels = part.form.channels;
    if (options.inspect) reading.form.size = part.form.size;
    opened.test = ReadFolderPart(*parts.test, *test, classes, reading, report).data;
    opened.test_name = parts.test->filename() == "test" ? "test" : "val";
  }
  opened.note = NoteOf(report, options.form, *opened.form);
  opened.report = std::move(report);
  return opened;
}

}  // namespace hourglass
