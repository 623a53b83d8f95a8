#include "hourglass/data/formats/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/folder_listing.h"
#include "hourglass/data/pictures/reading.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// Where the parts of a set lie. Without a test folder, all pictures are for training.
struct FolderParts {
  fs::path train;
  std::optional<fs::path> test = {};
  std::string test_name = "test";
  std::vector<std::string> unused = {};  // other folders beside these
};

FolderParts PartsOf(const fs::path& folder) {
  constexpr std::string_view kTrain[] = {"train", "training"}, kTest[] = {"test", "testing"},
                             kVal[] = {"val", "valid", "validation"};
  std::optional<fs::path> train, test, val;
  std::vector<std::string> unused;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory(error) || name.starts_with(".")) continue;
    const auto is = [&](const auto& names) {
      return std::ranges::find(names, InLowerCase(name)) != std::end(names);
    };
    if (is(kTrain)) {
      train = entry.path();
    } else if (is(kTest)) {
      test = entry.path();
    } else if (is(kVal)) {
      val = entry.path();
    } else {
      unused.push_back(name);
    }
  }
  FolderParts parts{.train = folder};
  if (!train || (!test && !val && !unused.empty())) return parts;
  if (test && val) unused.push_back(val->filename().string());
  std::ranges::sort(unused);
  parts = {.train = *train, .test = test ? test : val, .test_name = test ? "test" : "val", .unused = unused};
  return parts;
}

// The pictures of a listing.
class ListedFiles : public PictureFiles {
 public:
  ListedFiles(const fs::path& folder, const FolderListing& listing) : folder_(folder), listing_(listing) {}

  size_t size() const override { return listing_.pictures.size(); }
  std::string name(size_t i) const override { return (folder_ / listing_.pictures[i].name).string(); }
  std::string Read(size_t i) const override { return ReadPictureFile(listing_.pictures[i].path); }

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
  std::map<std::string, int32_t> known;
  for (const std::string& name : classes) known.emplace(name, static_cast<int32_t>(known.size()));
  std::vector<int32_t> numbers;
  for (const std::string& name : listing.classes) {
    const auto [found, added] = known.emplace(name, static_cast<int32_t>(known.size()));
    if (added) classes.push_back(name);
    numbers.push_back(found->second);
  }
  for (ListedPicture& picture : listing.pictures) {
    if (picture.label >= 0) picture.label = numbers[static_cast<size_t>(picture.label)];
  }
}

FolderPart ReadFolderPart(const fs::path& folder, const FolderListing& listing,
                          const std::vector<std::string>& classes, bool numbered,
                          const ReadingOptions& options, DataReport& report) {
  if (listing.pictures.empty()) {
    throw DataError({.what = fmt::format("{} holds no pictures", folder.string()),
                     .expected = "PNG, JPEG, WebP, TIFF or BMP files"});
  }
  PicturesRead read = ReadPictures(ListedFiles(folder, listing), options);
  std::vector<int32_t> labels;
  DataNames names{.classes = numbered ? std::vector<std::string>{} : classes, .images = {}};
  for (const size_t file : read.files) {
    if (!listing.classes.empty()) labels.push_back(listing.pictures[file].label);
    if (numbered) labels.back() = std::stoi(classes[static_cast<size_t>(labels.back())]);
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

  const bool numbered = train.numbered && (!test || test->numbered);
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  DataReport report;
  report.unused = parts.unused;
  ReadingOptions reading{.form = options.form,
                         .skip_bad = options.skip_bad,
                         .inspect = options.inspect,
                         .progress = options.progress};
  FolderPart part = ReadFolderPart(parts.train, train, classes, numbered, reading, report);
  opened.train = std::move(part.data);
  opened.form = part.form;
  if (test) {
    reading.form.channels = part.form.channels;
    if (options.inspect) reading.form.size = part.form.size;
    opened.test = ReadFolderPart(*parts.test, *test, classes, numbered, reading, report).data;
    opened.test_name = parts.test_name;
  }
  opened.note = NoteOf(report, options.form, *opened.form);
  opened.report = std::move(report);
  return opened;
}

}  // namespace hourglass
