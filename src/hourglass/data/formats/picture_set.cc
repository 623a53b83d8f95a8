#include "hourglass/data/formats/picture_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/formats/picture_listing.h"

namespace hourglass {
namespace {

struct PicturePart {
  std::shared_ptr<const Dataset> data;
  PictureForm form;
};

// Gives each class of `listing` the number that it has in `classes`; new ones are added at the end.
void UseClasses(std::vector<std::string>& classes, PictureListing& listing) {
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

PicturePart ReadPart(const PicturePlace& place, const std::string& folder, const PictureListing& listing,
                     const std::vector<std::string>& classes, bool numbered, const ReadingOptions& options,
                     DataReport& report) {
  if (listing.pictures.empty()) {
    throw DataError({.what = fmt::format("{} holds no pictures", place.FullName(folder)),
                     .expected = "PNG, JPEG, WebP, TIFF or BMP files"});
  }
  std::vector<size_t> files;
  for (const ListedPicture& picture : listing.pictures) files.push_back(picture.file);
  PicturesRead read = ReadPictures(*place.Files(files), options);
  std::vector<int32_t> labels;
  DataNames names{.classes = numbered ? std::vector<std::string>{} : classes, .images = {}};
  for (const size_t file : read.files) {
    if (!listing.classes.empty()) labels.push_back(listing.pictures[file].label);
    if (numbered) labels.back() = std::stoi(classes[static_cast<size_t>(labels.back())]);
    names.images.push_back(listing.pictures[file].name);
  }
  report.found += std::ssize(listing.pictures);
  for (const auto& [extension, count] : listing.others) report.others[extension] += count;
  std::ranges::move(read.left_out, std::back_inserter(report.left_out));
  report.counts.Add(read.counts);
  return {
      std::make_shared<const InMemoryDataset>(std::move(read.images), std::move(labels), std::move(names)),
      read.form};
}

}  // namespace

OpenedData OpenPictures(const PicturePlace& place, const DataOptions& options) {
  const PictureParts parts = PartsOf(place.tree());
  const bool with_test = parts.test.has_value() && options.val_share == 0;
  const auto list = [&](const std::string& folder) {
    return ListPictures(place.tree(), folder, place.FullName(folder));
  };
  const PictureListing train = list(parts.train);
  std::vector<std::string> classes = train.classes;
  std::optional<PictureListing> test;
  if (with_test) UseClasses(classes, test.emplace(list(*parts.test)));

  const bool numbered = train.numbered && (!test || test->numbered);
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  DataReport report;
  report.unused = parts.unused;
  report.hidden = place.tree().hidden;
  ReadingOptions reading{.form = options.form,
                         .skip_bad = options.skip_bad,
                         .inspect = options.inspect,
                         .progress = options.progress};
  PicturePart part = ReadPart(place, parts.train, train, classes, numbered, reading, report);
  opened.train = std::move(part.data);
  opened.form = part.form;
  if (test) {
    reading.form.channels = part.form.channels;
    if (options.inspect) reading.form.size = part.form.size;
    opened.test = ReadPart(place, *parts.test, *test, classes, numbered, reading, report).data;
    opened.test_name = parts.test_name;
  }
  opened.note = NoteOf(report, options.form, *opened.form);
  opened.report = std::move(report);
  return opened;
}

}  // namespace hourglass
