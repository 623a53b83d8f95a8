#include "hourglass/data/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/classes.h"
#include "hourglass/data/formats/format.h"
#include "hourglass/data/joined_dataset.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/data/shard_names.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNamedShards = 3, kNamedMissing = 5;

// ---- which files

DataOptions ShardOptions(DataOptions options, const std::string& name) {
  options.name = FindNamedSet(name) == nullptr ? name : "./" + name;
  return options;
}

// Null if it is in none; errors of damaged files are thrown when these are opened.
const DataFormat* FormatOf(const DataOptions& options, const std::string& name) {
  try {
    return FindFormat(ShardOptions(options, name));
  } catch (const Error&) {
    return nullptr;
  }
}

// Takes out the files of labels that are read with other ones.
void TakeOutLabels(const DataOptions& options, std::vector<std::string>& names) {
  std::set<std::string> labels;
  for (const std::string& name : names) {
    for (const DataFormat& format : DataFormats()) {
      const auto beside = format.labels_beside == nullptr ? std::nullopt : format.labels_beside(name);
      if (beside && *beside != name && FormatOf(options, name) == &format) labels.insert(beside->string());
    }
  }
  std::erase_if(names, [&](const std::string& name) { return labels.contains(name); });
}

Error NoShards(const DataOptions& options, const NamePattern& pattern) {
  return DataError({.what = fmt::format("nothing matches {}", options.name),
                    .expected = "files or folders that are called so",
                    .got = fmt::format("no {} in {}", pattern.rest,
                                       pattern.folder.empty() ? fs::current_path().string() : pattern.folder),
                    .hint = "check the pattern; write \\[ for a bracket that is part of a name",
                    .setting = options.key});
}

Error MissingShards(const DataOptions& options, const std::vector<std::string>& missing,
                    const std::vector<std::string>& found) {
  const std::string others = InBraces(found);
  return DataError(
      {.what = fmt::format("{} of {} {} missing", Counted(std::ssize(missing), "shard", "shards"),
                           options.name, missing.size() == 1 ? "is" : "are"),
       .expected = Listed(missing, kNamedMissing),
       .got = fmt::format("only {}", Counted(std::ssize(found), "shard", "shards")),
       .hint = "fetch what is missing, or name only what is there",
       .setting = others.empty() ? options.key : fmt::format("{} = {}", options.key, others)});
}

// Of the shards, in their order. None is missing.
std::vector<std::string> ShardsOf(const DataOptions& options) {
  const auto before = [](const std::string& a, const std::string& b) { return NamesBefore(a, b); };
  std::set<std::string, decltype(before)> shards(before);
  std::vector<std::string> missing;
  const std::vector<NamePattern> patterns = PatternsOf(options.name);
  for (const NamePattern& pattern : patterns) {
    std::vector<std::string> found = pattern.Matches();
    TakeOutLabels(options, found);
    if (found.empty()) missing.push_back(pattern.rest);
    for (const std::string& name : MissingBetween(pattern, found)) missing.push_back(pattern.Short(name));
    shards.insert(found.begin(), found.end());
  }
  if (shards.empty()) throw NoShards(options, patterns.front());
  const std::vector<std::string> names(shards.begin(), shards.end());
  if (!missing.empty()) throw MissingShards(options, missing, names);
  return names;
}

// ---- opening

struct Shard {
  std::string name;  // as it was found
  OpenedData opened;
};

// What could not be opened, of how many.
Error DamagedShards(const std::string& pattern, const std::vector<Error>& errors, size_t all) {
  const Error& first = errors.front();
  if (errors.size() == 1) {
    return Error(first.kind(), first.TextAt(fmt::format("1 of {} shards of {} cannot be read",
                                                        Grouped(static_cast<int64_t>(all)), pattern)));
  }
  std::string got;
  for (const Error& error : std::span(errors).first(std::min(errors.size(), kNamedShards))) {
    const ErrorText& text = error.text();
    got += (got.empty() ? "" : "; ") + text.what + (text.got.empty() ? "" : fmt::format(" ({})", text.got));
  }
  if (errors.size() > kNamedShards) got += fmt::format("; and {} more", errors.size() - kNamedShards);
  return Error(first.kind(),
               {.what = fmt::format("{} of {} shards of {} cannot be read", Grouped(std::ssize(errors)),
                                    Grouped(static_cast<int64_t>(all)), pattern),
                .expected = first.text().expected,
                .got = std::move(got),
                .hint = first.text().hint,
                .setting = first.text().setting});
}

// Options to read other shards as the first one was read.
DataOptions LikeFirst(DataOptions options, const OpenedData& first) {
  options.range_guessed |= !options.range;
  if (first.range) options.range = first.range;
  if (!first.report || !first.form) return options;  // not read from pictures now
  options.form.channels = first.form->channels;
  if (options.inspect) options.form.size = first.form->size;
  return options;
}

// Counts the pictures of all shards, of which there are about as many in those to come.
class ShardProgress {
 public:
  ShardProgress(const DataOptions& options, size_t shards)
      : report_(options.progress), left_(static_cast<int64_t>(shards)) {}

  std::function<void(int64_t, int64_t)> OfShard() const {
    if (!report_) return {};
    return [this](int64_t done, int64_t all) { report_(before_ + done, before_ + left_ * all); };
  }
  void Finish(const OpenedData& shard) {
    if (shard.report) before_ += shard.report->found;
    --left_;
  }

 private:
  std::function<void(int64_t, int64_t)> report_;
  int64_t before_ = 0, left_;
};

// Keeps the training images of all shards one after another in `rooms`, and other images in memory: they come
// between those of the joined set.
class TrainingRooms : public ImageRooms {
 public:
  explicit TrainingRooms(ImageRooms* rooms) : rooms_(rooms) {}

  // What options.rooms has to be. Null if there are no rooms.
  ImageRooms* OfShard() {
    first_ = true;
    return rooms_ == nullptr ? nullptr : this;
  }
  ImageRoom& Add(const std::string& key) override {
    if (!std::exchange(first_, false)) return memory_;
    room_.emplace(rooms_->Add(key));
    return *room_;
  }
  // Whether an error came from a room: the shard is not to blame, and others would fail, too.
  bool failed() const { return room_ && room_->failed(); }

 private:
  class Room : public ImageRoom {
   public:
    explicit Room(ImageRoom& room) : room_(room) {}

    bool failed() const { return busy_; }
    Tensor Make(const Shape& shape) override {
      return Watched([&] { return room_.Make(shape); });
    }
    void Save(const ReadingState& state) override {
      Watched([&] { return room_.Save(state), true; });
    }
    ReadingState Restore() override {
      return Watched([&] { return room_.Restore(); });
    }

   private:
    // busy_ remains true if `work` throws.
    template <class Work>
    auto Watched(const Work& work) -> decltype(work()) {
      busy_ = true;
      auto result = work();
      busy_ = false;
      return result;
    }

    ImageRoom& room_;
    bool busy_ = false;
  };

  ImageRooms* rooms_;
  ImageRoom memory_;
  std::optional<Room> room_;
  bool first_ = true;  // of a shard; its training images are read first
};

std::vector<Shard> OpenAll(DataOptions options, const std::vector<std::string>& names,
                           const std::function<OpenedData(const DataOptions&)>& open) {
  std::vector<Shard> shards;
  std::vector<Error> errors;
  ShardProgress progress(options, names.size());
  const std::string pattern = options.name;
  options.progress = progress.OfShard();
  TrainingRooms rooms(options.rooms);
  for (const std::string& name : names) {
    try {
      options.rooms = rooms.OfShard();
      OpenedData opened = open(ShardOptions(options, name));
      progress.Finish(opened);
      if (shards.empty()) options = LikeFirst(std::move(options), opened);
      shards.push_back({name, std::move(opened)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kUsage || rooms.failed()) throw;  // the same for all
      errors.push_back(error);
    }
    if (!errors.empty() && shards.size() > 1) shards.resize(1);  // only the first is still needed
  }
  if (!errors.empty()) throw DamagedShards(pattern, errors, names.size());
  return shards;
}

// ---- joining

// What differs between two shards, and what each of them has. `way` out: a hint and a setting.
Error Different(const std::string& what, const std::string& a, const std::string& of_a, const std::string& b,
                const std::string& of_b, ErrorText way = {}) {
  if (way.hint.empty()) way.hint = "a pattern must only match files of one data set";
  way.what = fmt::format("{} and {} differ in {}", a, b, what);
  way.expected = fmt::format("{}, as in {}", of_a, a);
  way.got = of_b;
  return DataError(std::move(way));
}

void CheckFormats(const DataOptions& options, const std::vector<std::string>& names) {
  const std::string* first_name = nullptr;
  const DataFormat* first = nullptr;
  for (const std::string& name : names) {
    const DataFormat* format = FormatOf(options, name);
    if (format == nullptr || format == first) continue;
    if (first != nullptr)
      throw Different("format", *first_name, first->description, name, format->description);
    first = format;
    first_name = &name;
  }
}

std::string PartNamesOf(const OpenedData& opened) {
  return opened.test == nullptr ? "only training images" : "training and " + opened.test_name + " images";
}

std::string RangeText(const OpenedData& opened) {
  return opened.range ? fmt::format("{} to {}", opened.range->low, opened.range->high) : "bytes as they are";
}

void CheckFits(const Shard& first, const Shard& shard) {
  const auto check = [&](const std::string& what, const std::string& expected, const std::string& got,
                         ErrorText way = {}) {
    if (expected != got) throw Different(what, first.name, expected, shard.name, got, std::move(way));
  };
  // Bytes without greys are taken for truth values.
  check("the range of their numbers", RangeText(first.opened), RangeText(shard.opened),
        {.what = "", .hint = "say which numbers are black and white", .setting = "range = 0:255"});
  check("parts", PartNamesOf(first.opened), PartNamesOf(shard.opened));
  for (auto part : {&OpenedData::train, &OpenedData::test}) {
    if (first.opened.*part == nullptr) continue;
    const Dataset &a = *(first.opened.*part), &b = *(shard.opened.*part);
    const Shape shape = a.image_shape();
    check("the shape of their images", shape.ToString(), b.image_shape().ToString(),
          {.what = "",
           .hint = "check that they belong together, or bring all to one size",
           .setting = fmt::format("size = {}x{}", shape[1], shape[2])});
    const auto labels = [](const Dataset& data) { return data.labels().empty() ? "no labels" : "labels"; };
    check("having labels", labels(a), labels(b));
  }
}

std::shared_ptr<const Dataset> JoinPart(const DataOptions& options, const std::vector<Shard>& shards,
                                        std::shared_ptr<const Dataset> OpenedData::*part) {
  std::vector<std::shared_ptr<const Dataset>> data;
  for (const Shard& shard : shards) data.push_back(shard.opened.*part);
  MatchClasses(data);
  const NamePattern pattern = PatternsOf(options.name).front();
  std::vector<JoinedDataset::Part> parts;
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string& name = shards[i].name;
    const char* end = fs::is_directory(name) ? "/" : ": ";
    parts.push_back({.data = std::move(data[i]), .prefix = pattern.Short(name) + end});
  }
  return std::make_shared<const JoinedDataset>(std::move(parts));
}

// What is said of several shards is said once, of all of them.
void AddNotes(const DataOptions& options, const std::vector<Shard>& shards, OpenedData& joined) {
  std::set<std::string> said;
  for (const Shard& shard : shards) {
    std::string note = shard.opened.note;
    const std::string& location = shard.opened.location;
    for (size_t at = 0; (at = note.find(location, at)) != std::string::npos; at += options.name.size())
      note.replace(at, location.size(), options.name);
    if (said.insert(note).second) joined.AddNote(note);
  }
}

OpenedData JoinShards(const DataOptions& options, const std::vector<Shard>& shards) {
  const OpenedData& first = shards.front().opened;
  for (const Shard& shard : shards) CheckFits(shards.front(), shard);
  OpenedData joined{.location = options.name,
                    .train = JoinPart(options, shards, &OpenedData::train),
                    .test = nullptr,
                    .test_name = first.test_name,
                    .form = first.form,
                    .report = first.report,
                    .range = first.range};
  if (first.test != nullptr) joined.test = JoinPart(options, shards, &OpenedData::test);
  for (const Shard& shard : std::span(shards).subspan(1)) {
    if (!shard.opened.report) joined.report = std::nullopt;
    if (joined.report) joined.report->Add(*shard.opened.report);
    if (!shard.opened.form) joined.form = std::nullopt;  // not all are pictures
  }
  if (joined.report && joined.form) {
    joined.note = NoteOf(*joined.report, options.form, *joined.form);
  } else {
    AddNotes(options, shards, joined);
  }
  return joined;
}

}  // namespace

OpenedData OpenShards(const DataOptions& options,
                      const std::function<OpenedData(const DataOptions& shard)>& open) {
  const std::vector<std::string> names = ShardsOf(options);
  CheckFormats(options, names);
  std::vector<Shard> shards = OpenAll(options, names, open);
  return shards.size() == 1 ? std::move(shards.front().opened) : JoinShards(options, shards);
}

}  // namespace hourglass
