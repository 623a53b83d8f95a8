#include "hourglass/data/formats/picture_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/picture_cache.h"
#include "hourglass/data/formats/picture_listing.h"
#include "hourglass/data/subset.h"

namespace hourglass {
namespace {

// A part of a set, as its names say.
struct ListedPart {
  PictureListing listing;
  std::vector<size_t> files;  // of each picture
  std::string state = {};     // that of StateOf(), once it is needed
};

// A part of a set, and what was found of it.
struct PicturePart {
  std::shared_ptr<const Dataset> data;
  PictureForm form;
  DataReport report;
};

ListedPart ListPart(const PicturePlace& place, const std::string& folder) {
  ListedPart part{.listing = ListPictures(place.tree(), folder, place.FullName(folder)), .files = {}};
  for (const ListedPicture& picture : part.listing.pictures) part.files.push_back(picture.file);
  if (!part.files.empty()) return part;
  constexpr size_t kShown = 5;
  throw DataError({.what = fmt::format("{} holds no pictures", place.FullName(folder)),
                   .expected = "PNG, JPEG, WebP, TIFF or BMP files",
                   .got = Listed(OthersInWords(part.listing.others), kShown),
                   .hint = place.OtherFilesHint()});
}

// Another text if any file of a part has changed.
std::string StateOf(const PicturePlace& place, const ListedPart& part) {
  Sha256Sum sum;
  for (const size_t file : part.files)
    sum.Add(fmt::format("{} {}\n", place.FullName(place.tree().files[file].name), place.State(file)));
  return sum.Hex();
}

// Identifies the images that are read from a part whose state is known.
std::string KeyOf(const ListedPart& part, const ReadingOptions& options) {
  const PictureForm& form = options.form;
  return Sha256(fmt::format("{} {} {} {} {} {}", form.size ? ToString(*form.size) : "",
                            static_cast<int>(form.fit), Name(form.channels), fmt::join(form.background, " "),
                            options.inspect, part.state));
}

// `rooms` may be null: images are kept in memory then.
PicturePart Read(const PicturePlace& place, const ListedPart& part, ReadingOptions options,
                 ImageRooms* rooms) {
  const PictureListing& listing = part.listing;
  std::vector<int32_t> labels;
  DataNames names;
  for (const ListedPicture& picture : listing.pictures) {
    names.images.emplace_back(picture.name);
    if (listing.classes.empty()) continue;
    const std::string& name = listing.classes[static_cast<size_t>(picture.label)];
    labels.push_back(listing.numbered ? std::stoi(name) : picture.label);
  }
  if (!listing.numbered) names.classes = listing.classes;
  if (rooms != nullptr) options.room = &rooms->Add(KeyOf(part, options));
  PicturesRead read = ReadPictures(*place.Files(part.files), options);
  auto all =
      std::make_shared<const InMemoryDataset>(std::move(read.images), std::move(labels), std::move(names));
  return {.data = Selection(std::move(all), std::move(read.rows)),
          .form = read.form,
          .report = {.found = std::ssize(part.files),
                     .left_out = std::move(read.left_out),
                     .others = listing.others,
                     .counts = std::move(read.counts)}};
}

// A set, as its names say.
struct ListedSet {
  PictureParts parts;
  ListedPart train;
  std::optional<ListedPart> test;  // if it is wanted
};

ListedSet ListSet(const PicturePlace& place, const DataOptions& options) {
  ListedSet set{.parts = PartsOf(place.tree()), .train = {}, .test = {}};
  set.train = ListPart(place, set.parts.train);
  if (set.parts.test && options.wants_test()) set.test = ListPart(place, *set.parts.test);
  return set;
}

ReadingOptions HowToRead(const DataOptions& options) {
  return {.form = options.form,
          .skip_bad = options.skip_bad,
          .inspect = options.inspect,
          .progress = options.progress};
}

OpenedData Read(const PicturePlace& place, const ListedSet& set, const DataOptions& options) {
  ReadingOptions reading = HowToRead(options);
  const PicturePart train = Read(place, set.train, reading, options.rooms);
  OpenedData opened{.location = options.name, .train = train.data, .test = nullptr, .form = train.form};
  DataReport report = train.report;
  report.unused = set.parts.unused;
  report.hidden = place.tree().hidden;
  if (set.test) {
    reading.form.channels = train.form.channels;
    if (options.inspect) reading.form.size = train.form.size;
    const PicturePart test = Read(place, *set.test, reading, options.rooms);
    opened.test = test.data;
    opened.test_name = set.parts.test_name;
    report.Add(test.report);
  }
  opened.note = NoteOf(report, options.form, *opened.form);
  opened.report = std::move(report);
  return opened;
}

// Whether it takes as much to read as `bytes`, see DataOptions.
bool IsSlowToRead(const PicturePlace& place, const ListedSet& set, uint64_t bytes) {
  constexpr uint64_t kPerFile = 5'000;
  if (bytes == 0) return false;
  uint64_t cost = kPerFile * (set.train.files.size() + (set.test ? set.test->files.size() : 0));
  if (cost < bytes) cost += place.Bytes(set.train.files) + (set.test ? place.Bytes(set.test->files) : 0);
  return cost >= bytes;
}

void FindStates(const PicturePlace& place, ListedSet& set) {
  set.train.state = StateOf(place, set.train);
  if (set.test) set.test->state = StateOf(place, *set.test);
}

std::string KeyOf(const ListedSet& set, const DataOptions& options) {
  const ReadingOptions reading = HowToRead(options);
  std::string key = KeyOf(set.train, reading);
  if (set.test) key += KeyOf(*set.test, reading) + set.parts.test_name;
  return Sha256(key);
}

}  // namespace

OpenedData OpenPictures(const PicturePlace& place, const DataOptions& options) {
  ListedSet set = ListSet(place, options);
  const auto read = [&](const DataOptions& into) { return Read(place, set, into); };
  const bool cached =
      options.rooms == nullptr && !options.inspect && IsSlowToRead(place, set, options.cache_from);
  if (cached || options.rooms != nullptr) FindStates(place, set);
  return cached ? OpenCachedPictures(KeyOf(set, options), options, read) : read(options);
}

}  // namespace hourglass
