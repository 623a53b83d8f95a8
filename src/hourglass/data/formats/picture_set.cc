#include "hourglass/data/formats/picture_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/picture_listing.h"
#include "hourglass/data/subset.h"

namespace hourglass {
namespace {

// A part of a set, and what was found of it.
struct PicturePart {
  std::shared_ptr<const Dataset> data;
  PictureForm form;
  DataReport report;
};

// What images depend on that are read from `files` of `place`.
std::string KeyOf(const PicturePlace& place, const std::vector<size_t>& files,
                  const ReadingOptions& options) {
  const PictureForm& form = options.form;
  Sha256Sum sum;
  sum.Add(fmt::format("{} {} {} {} {}\n", form.size ? ToString(*form.size) : "", static_cast<int>(form.fit),
                      Name(form.channels), fmt::join(form.background, " "), options.inspect));
  for (const size_t file : files)
    sum.Add(fmt::format("{} {}\n", place.FullName(place.tree().files[file].name), place.State(file)));
  return sum.Hex();
}

// `rooms` may be null: images are kept in memory then.
PicturePart ReadPart(const PicturePlace& place, const std::string& folder, ReadingOptions options,
                     ImageRooms* rooms) {
  PictureListing listing = ListPictures(place.tree(), folder, place.FullName(folder));
  if (listing.pictures.empty()) {
    constexpr size_t kShown = 5;
    throw DataError({.what = fmt::format("{} holds no pictures", place.FullName(folder)),
                     .expected = "PNG, JPEG, WebP, TIFF or BMP files",
                     .got = Listed(OthersInWords(listing.others), kShown),
                     .hint = place.OtherFilesHint()});
  }
  std::vector<size_t> files;
  std::vector<int32_t> labels;
  DataNames names;
  for (const ListedPicture& picture : listing.pictures) {
    files.push_back(picture.file);
    names.images.push_back(picture.name);
    if (listing.classes.empty()) continue;
    const std::string& name = listing.classes[static_cast<size_t>(picture.label)];
    labels.push_back(listing.numbered ? std::stoi(name) : picture.label);
  }
  if (!listing.numbered) names.classes = std::move(listing.classes);
  if (rooms != nullptr) options.room = &rooms->Add(KeyOf(place, files, options));
  PicturesRead read = ReadPictures(*place.Files(files), options);
  auto all =
      std::make_shared<const InMemoryDataset>(std::move(read.images), std::move(labels), std::move(names));
  return {.data = Selection(std::move(all), std::move(read.rows)),
          .form = read.form,
          .report = {.found = std::ssize(listing.pictures),
                     .left_out = std::move(read.left_out),
                     .others = std::move(listing.others),
                     .counts = std::move(read.counts)}};
}

}  // namespace

OpenedData OpenPictures(const PicturePlace& place, const DataOptions& options) {
  const PictureParts parts = PartsOf(place.tree());
  ReadingOptions reading{.form = options.form,
                         .skip_bad = options.skip_bad,
                         .inspect = options.inspect,
                         .progress = options.progress};
  PicturePart train = ReadPart(place, parts.train, reading, options.rooms);
  OpenedData opened{.location = options.name, .train = train.data, .test = nullptr, .form = train.form};
  DataReport report = std::move(train.report);
  report.unused = parts.unused;
  report.hidden = place.tree().hidden;
  if (parts.test && options.wants_test()) {
    reading.form.channels = train.form.channels;
    if (options.inspect) reading.form.size = train.form.size;
    const PicturePart test = ReadPart(place, *parts.test, reading, options.rooms);
    opened.test = test.data;
    opened.test_name = parts.test_name;
    report.Add(test.report);
  }
  opened.note = NoteOf(report, options.form, *opened.form);
  opened.report = std::move(report);
  return opened;
}

}  // namespace hourglass
