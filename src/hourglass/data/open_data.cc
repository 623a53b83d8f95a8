#include "hourglass/data/open_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <set>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/rng.h"
#include "hourglass/core/text.h"
#include "hourglass/data/classes.h"
#include "hourglass/data/detail/sniff.h"
#include "hourglass/data/formats/format.h"
#include "hourglass/data/formats/named.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/pictures/conform_all.h"
#include "hourglass/data/shard_names.h"
#include "hourglass/data/shards.h"
#include "hourglass/data/subset.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr double kValShare = 0.1;  // default for data without a test set
constexpr int64_t kMostClasses = 65'535;

// Throws a data Error unless the images of `held_out`, which are at `location`, are as large as those of
// `train`.
void CheckSameShape(const Dataset& train, const Dataset& held_out, const std::string& location) {
  const Shape expected = train.image_shape(), got = held_out.image_shape();
  if (expected == got) return;
  throw DataError(
      {.what = fmt::format("the held-out images of {} differ in shape from the training images", location),
       .expected = expected.ToString(),
       .got = got.ToString(),
       .hint = "check that they belong together, or bring both to one size",
       .setting = fmt::format("size = {}x{}", expected[1], expected[2])});
}

// What is suspicious about the classes of two parts; may be empty.
std::string DoubtAboutClasses(const Dataset& train, const Dataset& held_out) {
  const std::set<int32_t> known(train.labels().begin(), train.labels().end());
  const auto is_known = [&](int32_t label) { return known.contains(label); };
  if (known.empty() || held_out.labels().empty() || std::ranges::any_of(held_out.labels(), is_known))
    return "";
  return fmt::format("no held-out image is of a class of the training images (\"{}\" and others, not \"{}\")",
                     ClassName(train, train.labels().front()),
                     ClassName(held_out, held_out.labels().front()));
}

DataSplits Join(std::string name, OpenedData opened) {
  CheckSameShape(*opened.train, *opened.test, opened.location);
  auto checksum = std::async(std::launch::async, [&] { return ChecksumOf(*opened.test); });
  const std::string train_checksum = ChecksumOf(*opened.train);
  const std::string held_out_checksum = checksum.get();
  if (train_checksum == held_out_checksum) opened.AddNote("the held-out images are the training images");
  opened.AddNote(DoubtAboutClasses(*opened.train, *opened.test));
  return {.name = std::move(name),
          .location = std::move(opened.location),
          .held_out_name = std::move(opened.test_name),
          .train = std::move(opened.train),
          .held_out = std::move(opened.test),
          .note = std::move(opened.note),
          .form = opened.form,
          .report = std::move(opened.report),
          .checksum = Sha256(train_checksum + " " + held_out_checksum)};
}

// Holds out a random `share` of the training images, at least one; both parts keep the order of the file.
DataSplits HoldOut(std::string name, OpenedData opened, double share, uint64_t seed) {
  const std::shared_ptr<const Dataset> all = opened.train;
  const int64_t count = all->size();
  if (count < 2) {
    throw DataError(
        {.what = fmt::format("{} cannot be split into a training and a held-out part", opened.location),
         .expected = "at least 2 images",
         .got = fmt::format("{}", count)});
  }
  const auto held_out = static_cast<int64_t>(std::llround(share * static_cast<double>(count)));
  std::vector<int64_t> ids = Permutation(Rng(seed, Stream::kSplit), 0, count);
  const auto first_train = ids.begin() + std::clamp<int64_t>(held_out, 1, count - 1);
  std::sort(ids.begin(), first_train);
  std::sort(first_train, ids.end());
  const auto part = [&](auto begin, auto end) {
    return std::make_shared<const Subset>(all, std::vector<int64_t>(begin, end));
  };
  opened.train = part(first_train, ids.end());
  opened.test = part(ids.begin(), first_train);
  opened.test_name = "val";
  return Join(std::move(name), std::move(opened));
}

// Brings images that were not read from pictures into a form, and says so.
void BringInto(const PictureForm& form, OpenedData& opened) {
  const Shape before = opened.train->image_shape();
  opened.form = form;
  for (auto* part : {&opened.train, &opened.test}) {
    if (*part != nullptr) *part = ConformAll(*part, *opened.form);
  }
  const Shape after = opened.train->image_shape();
  if (after == before) return;
  opened.AddNote(fmt::format("images {} brought to {}", before.ToString(), after.ToString()));
}

// So many classes are a mistake: numbers that are no labels, or one folder for each picture.
void CheckClasses(const OpenedData& opened) {
  std::set<int32_t> classes;
  for (const auto* part : {&opened.train, &opened.test}) {
    if (*part != nullptr) classes.insert((*part)->labels().begin(), (*part)->labels().end());
  }
  if (std::ssize(classes) <= kMostClasses) return;
  throw DataError({.what = fmt::format("{} has too many classes", opened.location),
                   .expected = fmt::format("at most {} classes", Grouped(kMostClasses)),
                   .got = Grouped(std::ssize(classes)),
                   .hint = "are these numbers labels, and folders classes?"});
}

// The error if no format recognises options.name.
Error Unreadable(const DataOptions& options) {
  std::error_code error;
  const bool exists = fs::exists(options.name, error);
  if (!exists && options.name.find('/') == std::string::npos) {
    return UsageError({.what = fmt::format("unknown data set '{}'", options.name),
                       .expected = "the name of a data set, or a path that exists",
                       .hint = DidYouMean(options.name, NamesOfSets())});
  }
  if (!exists) {
    return DataError({.what = fmt::format("{} does not exist", options.name),
                      .hint = "check the path; if the data has moved, give the new path",
                      .setting = options.key});
  }
  if (fs::is_directory(options.name, error)) {
    return DataError({.what = fmt::format("{} holds no data in a known format", options.name),
                      .expected = ReadableData(),
                      .got = "a folder without such files",
                      .hint = "give the folder that directly contains the files"});
  }
  const FileKind kind = SniffFile(options.name);
  return DataError({.what = fmt::format("{} is not in a known data format", options.name),
                    .expected = ReadableData(),
                    .got = kind.name,
                    .hint = kind.hint});
}

// `options` with the path of data that has moved: it is in data_dir, or is data_dir itself.
DataOptions Located(DataOptions options) {
  std::error_code error;
  const bool is_path = options.name.find('/') != std::string::npos;
  const auto is_there = [&](const std::string& name) { return fs::exists(name, error) || HasMatches(name); };
  if (!is_path || options.data_dir.empty() || is_there(options.name)) return options;
  const std::string inside = (options.data_dir / fs::path(options.name).filename()).string();
  if (is_there(inside)) {
    options.name = inside;
  } else if (options.moved && FindIdxFiles(options.data_dir)) {
    options.name = options.data_dir.string();
  }
  return options;
}

OpenedData OpenPlace(const DataOptions& options);

OpenedData OpenAsItIs(const DataOptions& options) {
  if (const NamedSet* set = FindNamedSet(options.name)) return OpenNamedSet(*set, options);
  if (const DataFormat* format = FindFormat(options)) return format->open(options);
  if (IsPattern(options.name)) return OpenShards(options, OpenPlace);
  throw Unreadable(options);
}

// What a name, a path or a pattern refers to.
OpenedData OpenPlace(const DataOptions& options) {
  OpenedData opened = OpenAsItIs(options);
  CheckClasses(opened);
  if (!opened.form && !options.form.open() && !options.only_pictures) BringInto(options.form, opened);
  return opened;
}

// The images of data that is named by options.val or options.test.
struct HeldOutImages {
  OpenedData opened;
  std::shared_ptr<const Dataset> images;
};

// Opens what the setting `key`, val or test, names, and reads its images as those of `train` were.
HeldOutImages OpenHeldOut(const DataOptions& options, const std::string& key, const OpenedData& train) {
  DataOptions held_out = options;
  held_out.name = key == "val" ? options.val : options.test;
  held_out.key = key;
  held_out.val = held_out.test = "";
  held_out.val_share = 0;
  held_out.moved = false;
  held_out.rooms = nullptr;
  held_out.range_guessed = !options.range;
  if (train.range) held_out.range = train.range;
  const Shape shape = train.train->image_shape();
  if (shape[0] == 1) held_out.form.channels = ColourChannels::kGrey;
  if (shape[0] == 3) held_out.form.channels = ColourChannels::kRgb;
  if (options.inspect) held_out.form.size = PictureSize{shape[1], shape[2]};
  HeldOutImages found{.opened = OpenPlace(Located(held_out)), .images = nullptr};
  found.images = found.opened.test != nullptr ? found.opened.test : found.opened.train;
  CheckSameShape(*train.train, *found.images, found.opened.location);
  return found;
}

// Makes the images that the setting `key` names the test images of `opened`.
void HoldOutNamed(const DataOptions& options, const std::string& key, OpenedData& opened) {
  const auto [held_out, images] = OpenHeldOut(options, key, opened);
  if (opened.report && held_out.report && opened.form) {
    opened.report->Add(*held_out.report);
    opened.note = NoteOf(*opened.report, options.form, *opened.form);
  } else {
    opened.AddNote(held_out.note);
  }
  opened.test_name = key;
  opened.test = images;
  if (held_out.test == nullptr) return;
  opened.AddNote(
      fmt::format("of {}, only its own {} images are used", held_out.location, held_out.test_name));
}

void CheckHeldOut(const DataOptions& options) {
  if (options.val.empty() || options.val_share == 0) return;
  throw UsageError({.what = "both 'val' and 'val_share' say which images are held out",
                    .got = fmt::format("val = {}, val_share = {}", options.val, options.val_share),
                    .hint = "set one of them"});
}

}  // namespace

OpenedData OpenParts(const DataOptions& named) {
  CheckHeldOut(named);
  const DataOptions options = Located(named);
  OpenedData opened = OpenPlace(options);
  const bool split = options.val_share > 0, val = !options.val.empty();
  if ((split || val) && !options.test.empty()) OpenHeldOut(options, "test", opened);  // checks it
  if (!split && !options.wants_test()) HoldOutNamed(options, val ? "val" : "test", opened);
  if (split) opened.test = nullptr;
  if (opened.test != nullptr) MatchClasses(opened.train, opened.test);
  return opened;
}

DataSplits OpenData(const DataOptions& options) {
  OpenedData opened = OpenParts(options);
  std::string name = Located(options).name;
  if (opened.test != nullptr) return Join(std::move(name), std::move(opened));
  const double share = options.val_share > 0 ? options.val_share : kValShare;
  return HoldOut(std::move(name), std::move(opened), share, options.split_seed);
}

}  // namespace hourglass
