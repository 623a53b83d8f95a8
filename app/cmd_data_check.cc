// hourglass data check: reads a data set and says what is in it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <map>
#include <memory>

#include "app/by_class.h"
#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/data_progress.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "hourglass/core/text.h"
#include "hourglass/data/check.h"
#include "hourglass/data/classes.h"
#include "hourglass/data/statistics.h"
#include "hourglass/report/picture_grid.h"
#include "hourglass/report/png.h"

namespace hourglass::app {
namespace {

struct DataCheckFlags {
  DataOptions data;
  std::string out;
  bool json = false;
};

constexpr size_t kExamples = 3;

std::string NameOf(const Dataset& data, int64_t id) {
  const std::string name = data.image_name(id);
  return name.empty() ? fmt::format("#{}", id) : name;
}

std::string ChannelsName(int channels) {
  constexpr const char* kNames[] = {"grey", "grey and alpha", "RGB", "RGB and alpha"};
  return kNames[channels - 1];
}

// ---- as JSON

template <class Map, class Name>
Json CountsJson(const Map& counts, const Name& name) {
  Json json = Json::object();
  for (const auto& [key, count] : counts) json[name(key)] = count;
  return json;
}

Json ReportJson(const DataReport& report) {
  const PictureCounts& counts = report.counts;
  const auto same = [](const std::string& text) { return text; };
  return {{"found", report.found},
          {"read", report.found - std::ssize(report.left_out)},
          {"left_out", LeftOutJson(report)},
          {"unused_folders", report.unused},
          {"hidden", report.hidden},
          {"other_files", CountsJson(report.others, [](const std::string& text) { return AsUtf8(text); })},
          {"formats", CountsJson(counts.formats, same)},
          {"sizes", CountsJson(counts.sizes, [](const PictureSize& size) { return ToString(size); })},
          {"channels", CountsJson(counts.channels, ChannelsName)},
          {"bits", CountsJson(counts.bits, [](int bits) { return std::to_string(bits); })},
          {"palettes", counts.palettes},
          {"cmyk", counts.cmyk},
          {"set_upright", counts.rotated}};
}

Json DuplicatesJson(const Duplicates& found, const Dataset& reference, const Dataset& data) {
  Json examples = Json::array();
  for (const auto& [first, second] : found.examples)
    examples.push_back({AsUtf8(NameOf(reference, first)), AsUtf8(NameOf(data, second))});
  return {{"count", found.count}, {"examples", examples}};
}

Json CheckedPartJson(const std::string& name, const Dataset& data, const Duplicates& duplicates) {
  const DatasetStatistics statistics = ComputeStatistics(data);
  std::map<int32_t, int64_t> counts = statistics.label_counts;
  for (size_t label = 0; label < data.class_names().size(); ++label)
    counts.try_emplace(static_cast<int32_t>(label));
  return {{"name", name},
          {"images", data.size()},
          {"pixel_range", {statistics.lowest, statistics.highest}},
          {"pixel_mean", statistics.mean},
          {"classes", ByClassKey(data.class_names(), counts)},
          {"duplicates", DuplicatesJson(duplicates, data, data)}};
}

Json CheckJson(const DataSplits& data) {
  const Shape shape = data.train->image_shape();
  Json json = {{"schema_version", 1},
               {"name", AsUtf8(data.name)},
               {"location", AsUtf8(data.location)},
               {"image_shape", {shape[0], shape[1], shape[2]}},
               {"checksum", data.checksum}};
  if (!data.note.empty() && !data.report) json["note"] = AsUtf8(data.note);  // a report says more
  if (data.report) {
    json["pictures"] = ReportJson(*data.report);
    json["mixed_sizes"] = data.report->counts.sizes.size() > 1;
  }
  const SplitDuplicates found = FindDuplicates(*data.train, *data.held_out, kExamples);
  json["parts"] = {CheckedPartJson("train", *data.train, found.train),
                   CheckedPartJson(data.held_out_name, *data.held_out, found.held_out)};
  json["held_out_also_in_train"] = DuplicatesJson(found.across, *data.train, *data.held_out);
  return json;
}

// ---- as text, from the JSON

void Line(const std::string& name, const std::string& text) {
  std::cout << fmt::format("{:<12} {}\n", name, Visible(text));
}

// "28x28: 60,000, 32x32: 1", the most frequent first.
std::string CountsText(const Json& counts) {
  constexpr size_t kMost = 8;
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [name, count] : counts.items()) sorted.emplace_back(count.get<int64_t>(), name);
  std::ranges::stable_sort(sorted, std::greater<>(), &std::pair<int64_t, std::string>::first);
  std::vector<std::string> texts;
  for (const auto& [count, name] : sorted) {
    if (texts.size() == kMost) break;
    texts.push_back(fmt::format("{}: {}", name, Grouped(count)));
  }
  if (sorted.size() > kMost) texts.push_back(fmt::format("and {} more", sorted.size() - kMost));
  return fmt::format("{}", fmt::join(texts, ", "));
}

void PrintPictures(const Json& pictures) {
  Line("found", fmt::format("{}; {} read, {} left out", Counted(pictures["found"], "picture", "pictures"),
                            Grouped(pictures["read"]), Grouped(std::ssize(pictures["left_out"]))));
  for (const Json& one : pictures["left_out"]) Line("left out", one["reason"].get<std::string>());
  if (!pictures["other_files"].empty()) {
    std::string text;
    for (const auto& [kind, count] : pictures["other_files"].items())
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Grouped(count),
                          kind.empty() ? "without extension" : kind);
    Line("not read", "other files: " + text);
  }
  for (const Json& folder : pictures["unused_folders"]) Line("not used", folder.get<std::string>() + "/");
  if (pictures["hidden"] > 0) Line("skipped", Counted(pictures["hidden"], "hidden file", "hidden files"));
  Line("formats", CountsText(pictures["formats"]));
  Line("sizes", CountsText(pictures["sizes"]));
  Line("channels", CountsText(pictures["channels"]));
  Line("bits", CountsText(pictures["bits"]));
  for (const auto& [key, name] :
       {std::pair{"palettes", "palettes"}, {"cmyk", "CMYK"}, {"set_upright", "set upright"}}) {
    if (pictures[key] > 0) Line(name, Grouped(pictures[key]));
  }
}

std::string DuplicatesText(const Json& duplicates, const char* what) {
  const auto count = duplicates["count"].get<int64_t>();
  if (count == 0) return "none";
  std::vector<std::string> examples;
  for (const Json& pair : duplicates["examples"])
    examples.push_back(fmt::format("{} = {}", pair[0].get<std::string>(), pair[1].get<std::string>()));
  return fmt::format("{} {} ({}{})", Counted(count, "image is", "images are"), what,
                     fmt::join(examples, ", "), count > std::ssize(examples) ? ", …" : "");
}

void PrintCheckedPart(const Json& part) {
  std::cout << fmt::format("\n{}\n", part["name"].get<std::string>());
  Line("images", Grouped(part["images"]));
  if (!part["classes"].empty())
    Line("classes", ByClass(part["classes"], [](const Json& count) { return Grouped(count); }));
  Line("pixels", fmt::format("{} to {}, mean {:.1f}", part["pixel_range"][0].get<int>(),
                             part["pixel_range"][1].get<int>(), 255 * part["pixel_mean"].get<double>()));
  Line("duplicates", DuplicatesText(part["duplicates"], "equal to an earlier one"));
}

void PrintCheck(const Json& json) {
  const Json& shape = json["image_shape"];
  Line("data", json["location"].get<std::string>());
  const bool mixed = json.value("mixed_sizes", false);
  Line("images",
       fmt::format("{} x {} x {} (channels, height, width){}", shape[0].get<int>(), shape[1].get<int>(),
                   shape[2].get<int>(), mixed ? ", brought to one size to be looked at" : ""));
  if (json.contains("note")) Line("note", json["note"].get<std::string>());
  if (json.contains("pictures")) PrintPictures(json["pictures"]);
  for (const Json& part : json["parts"]) PrintCheckedPart(part);
  std::cout << "\n";
  Line("in both",
       DuplicatesText(json["held_out_also_in_train"], "held out and also among the training images"));
}

// ---- pictures

// Writes mean.png and sheet.png: the mean of the training images, and images from all over the set.
void WritePictures(const std::filesystem::path& folder, const Dataset& data) {
  CreateDirectories(folder);
  const Shape shape = data.image_shape();
  constexpr int64_t kRows = 8, kColumns = 12, kCellPixels = 64;
  const int64_t longest = std::max(shape[1], shape[2]);
  const PictureScale scale{.zoom = static_cast<int>(std::max<int64_t>(1, kCellPixels / longest)),
                           .block = static_cast<int>(std::max<int64_t>(1, longest / kCellPixels))};
  PictureGrid mean;
  Tensor mean_image(shape.Batched(1));
  std::ranges::copy(PixelMeans(data), mean_image.data<float>());
  mean.rows.push_back(std::move(mean_image));
  WritePng(folder / "mean.png", ComposePictures(mean, scale));
  PictureGrid sheet;
  const int64_t shown = std::min(kRows * kColumns, data.size());
  for (int64_t begin = 0; begin < shown; begin += kColumns) {
    std::vector<int64_t> ids;
    for (int64_t i = begin; i < std::min(begin + kColumns, shown); ++i)
      ids.push_back(i * data.size() / shown);
    Tensor row(shape.Batched(kColumns));
    std::ranges::fill(row.span<float>(), 1.0F);
    const Tensor pixels = ReadPixels(data, ids);
    std::ranges::copy(pixels.span<float>(), row.data<float>());
    sheet.rows.push_back(std::move(row));
  }
  WritePng(folder / "sheet.png", ComposePictures(sheet, scale));
}

void Check(const Command& command, const DataCheckFlags& options) {
  DataOptions data_options = options.data;
  data_options.inspect = true;
  const DataSplits data = OpenDataVisibly(command, data_options);
  const Json json = CheckJson(data);
  if (options.json) {
    std::cout << IndentedText(json) << "\n";
  } else {
    PrintCheck(json);
  }
  if (!options.out.empty()) {
    WritePictures(options.out, *data.train);
    if (!options.json) Line("pictures", fmt::format("mean.png and sheet.png in {}", options.out));
  }
  std::cout.flush();
  if (!data.report) return;
  if (json["mixed_sizes"] == true && !options.data.form.size) {
    throw DataError({.what = "one cannot train on pictures of different sizes",
                     .got = CountsText(json["pictures"]["sizes"]),
                     .hint = "choose a size",
                     .setting = "size = 64x64"});
  }
  if (!data.report->left_out.empty() && !options.data.skip_bad) {
    throw DataError(
        {.what = fmt::format("{} of {} cannot be read", Grouped(std::ssize(data.report->left_out)),
                             Counted(data.report->found, "picture", "pictures")),
         .hint = WhatToDo(data.report->left_out) + "; or train without them",
         .setting = "skip_bad = true"});
  }
}

}  // namespace

void AddDataCheckCommand(const Command& data) {
  auto options = std::make_shared<DataCheckFlags>();
  const Command command =
      data.AddCommand("check", "Say what a data set holds",
                      "hourglass data check photos/\n"
                      "hourglass data check photos/ --size 64x64 -o look/   and draw some of them\n"
                      "hourglass data check mnist --json");
  command.Add("data", options->data.name, kDataHelp).Required();
  AddReading(command, options->data);
  command.Add("--data-dir", options->data.data_dir, "Folder to search for the data first");
  command.Add("-o,--out", options->out, "Folder for mean.png and sheet.png");
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([command, options] { Check(command, *options); });
}

}  // namespace hourglass::app
