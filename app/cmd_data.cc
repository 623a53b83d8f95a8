// hourglass data list | info | preview: lists, describes and draws data sets.
#include <fmt/format.h>

#include <iostream>
#include <map>
#include <memory>

#include "app/by_class.h"
#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/messages.h"
#include "app/picture_options.h"
#include "hourglass/core/error.h"
#include "hourglass/core/json.h"
#include "hourglass/core/text.h"
#include "hourglass/data/classes.h"
#include "hourglass/data/formats/format.h"
#include "hourglass/data/formats/named.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/data/open_data.h"
#include "hourglass/data/statistics.h"
#include "hourglass/neighbours/nearest_label.h"
#include "hourglass/report/picture_grid.h"
#include "hourglass/report/png.h"

namespace hourglass::app {
namespace {

struct DataFlags {
  DataOptions data;
  bool json = false;
  std::string judge;
  std::string part = "train";
  std::string out;
  int64_t columns = 20;
};

// ---- list

Json ListedJson(const NamedSet& set, const DataOptions& options) {
  Json entry = {{"name", set.name}, {"description", set.description}};
  if (set.layout == SetLayout::kBuiltIn) {
    entry["available"] = true;
    entry["location"] = "built in";
    return entry;
  }
  try {
    const auto folder = FindOnDisk(set, options);
    entry["available"] = folder.has_value();
    entry["location"] = folder ? folder->string() : "not found: hourglass data fetch " + set.name;
  } catch (const Error& error) {  // incomplete files: the list says so
    entry["available"] = false;
    entry["location"] = error.text().what;
  }
  return entry;
}

void List(const DataFlags& options) {
  Json sets = Json::array();
  for (const NamedSet& set : NamedSets()) sets.push_back(ListedJson(set, options.data));
  if (options.json) {
    std::cout << IndentedText({{"schema_version", 1}, {"data", sets}}) << "\n";
    return;
  }
  for (const Json& set : sets) {
    std::cout << fmt::format("{:15} {}\n{:15} {}\n", set["name"].get<std::string>(),
                             set["description"].get<std::string>(), "", set["location"].get<std::string>());
  }
  for (const DataFormat& format : DataFormats()) {
    std::cout << fmt::format("{:15} {}\n", "PATH", format.description);
  }
  std::cout << fmt::format("{:15} several of these as one set: 'part-*.tar', 'part-{{000..146}}.tar'\n",
                           "PATTERN");
}

// ---- info

Json PartJson(const std::string& name, const Dataset& data) {
  const DatasetStatistics statistics = ComputeStatistics(data);
  return {{"name", name},
          {"images", data.size()},
          {"pixel_mean", statistics.mean},
          {"pixel_standard_deviation", statistics.standard_deviation},
          {"background_share", statistics.background},
          {"pixel_range", {statistics.lowest, statistics.highest}},
          {"label_counts", ByClassKey(data.class_names(), statistics.label_counts)}};
}

// How accurately 5 nearest neighbours in the training images of `data` label held-out images of another set.
Json JudgeJson(const DataSplits& data, const DataSplits& other) {
  constexpr int kNeighbours = 5;
  const auto truth = other.held_out->labels();
  if (truth.empty()) throw UsageError({.what = fmt::format("{} has no labels to judge by", other.name)});
  const auto predicted = LabelByNeighbours(*data.train, *other.held_out, kNeighbours);
  std::map<int, std::pair<int64_t, int64_t>> counts;  // label → right, all
  int64_t right = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const bool hit = predicted[i] == truth[i];
    right += hit;
    counts[truth[i]].first += hit;
    ++counts[truth[i]].second;
  }
  std::map<int32_t, double> accuracy;
  for (const auto& [label, count] : counts)
    accuracy[label] = static_cast<double>(count.first) / static_cast<double>(count.second);
  return {{"images", fmt::format("{} {}", other.name, other.held_out_name)},
          {"neighbours", kNeighbours},
          {"accuracy", static_cast<double>(right) / static_cast<double>(truth.size())},
          {"accuracy_by_label", ByClassKey(other.held_out->class_names(), accuracy)}};
}

Json InfoJson(const DataFlags& options) {
  const DataSplits data = OpenData(options.data);
  const Shape shape = data.train->image_shape();
  Json info = {{"schema_version", 1},
               {"name", data.name},
               {"location", data.location},
               {"image_shape", {shape[0], shape[1], shape[2]}},
               {"note", data.note},
               {"checksum", data.checksum},
               {"parts", {PartJson("train", *data.train), PartJson(data.held_out_name, *data.held_out)}}};
  if (!options.judge.empty()) {
    DataOptions other = options.data;
    other.name = options.judge;
    info["judge"] = JudgeJson(data, OpenData(other));
  }
  return info;
}

void PrintPart(const Json& part) {
  std::cout << fmt::format(
      "{}: {} images; pixels / 255: mean {:.4f}, standard deviation {:.4f}; {:.1f} % background; bytes {} to "
      "{}\n",
      part["name"].get<std::string>(), part["images"].get<int64_t>(), part["pixel_mean"].get<double>(),
      part["pixel_standard_deviation"].get<double>(), 100 * part["background_share"].get<double>(),
      part["pixel_range"][0].get<int>(), part["pixel_range"][1].get<int>());
  const std::string counts = ByClass(part["label_counts"], [](const Json& count) { return Grouped(count); });
  std::cout << fmt::format("  {}\n", counts.empty() ? "no labels" : counts);
}

void Info(const DataFlags& options) {
  const Json info = InfoJson(options);
  if (options.json) {
    std::cout << IndentedText(info) << "\n";
    return;
  }
  const Json& shape = info["image_shape"];
  std::cout << fmt::format("{} ({}), images of {} x {} x {} (channels, height, width)\nSHA-256 {}\n",
                           info["name"].get<std::string>(), info["location"].get<std::string>(),
                           shape[0].get<int>(), shape[1].get<int>(), shape[2].get<int>(),
                           info["checksum"].get<std::string>());
  if (const auto note = info["note"].get<std::string>(); !note.empty())
    std::cout << fmt::format("note: {}\n", Visible(note));
  for (const Json& part : info["parts"]) PrintPart(part);
  if (!info.contains("judge")) return;
  const Json& judge = info["judge"];
  std::cout << fmt::format(
      "{} nearest neighbours in its training images label {:.2f} % of the {} images correctly\n",
      judge["neighbours"].get<int>(), 100 * judge["accuracy"].get<double>(),
      judge["images"].get<std::string>());
  const std::string by_class = ByClass(judge["accuracy_by_label"], [](const Json& accuracy) {
    return fmt::format("{:.1f} %", 100 * accuracy.get<double>());
  });
  std::cout << fmt::format("  {}\n", by_class);
}

// ---- preview

// One row per class; without labels, ten rows in data order.
std::vector<std::vector<int64_t>> PreviewRows(const Dataset& data, int64_t columns) {
  std::vector<std::vector<int64_t>> rows;
  for (auto& [label, ids] : FirstIdsByLabel(data, columns)) rows.push_back(std::move(ids));
  if (!rows.empty()) return rows;
  for (int64_t id = 0; id < std::min(data.size(), 10 * columns); ++id) {
    if (id % columns == 0) rows.emplace_back();
    rows.back().push_back(id);
  }
  return rows;
}

void Preview(const Command& command, const DataFlags& options) {
  CheckIsPng(options.out);
  const DataSplits data = OpenData(options.data);
  PrintNote(command, data);
  const bool train = options.part == "train";
  if (!train && options.part != data.held_out_name) {
    throw UsageError({.what = fmt::format("{} has no part '{}'", data.name, options.part),
                      .expected = "train or " + data.held_out_name});
  }
  const Dataset& part = train ? *data.train : *data.held_out;
  const Shape shape = part.image_shape();
  PictureGrid grid;
  constexpr size_t kMostRows = 50;
  std::vector<std::vector<int64_t>> rows = PreviewRows(part, options.columns);
  if (rows.size() > kMostRows) {
    PrintMessage(fmt::format("note: the first {} of {} classes are drawn\n", kMostRows, rows.size()));
    rows.resize(kMostRows);
  }
  for (const std::vector<int64_t>& ids : rows) {
    Tensor row(shape.Batched(options.columns));
    std::fill_n(row.data<float>(), row.size(), 0.0F);
    const Tensor pixels = ReadPixels(part, ids);
    std::copy_n(pixels.data<float>(), pixels.size(), row.data<float>());
    grid.rows.push_back(std::move(row));
  }
  constexpr int64_t kCellPixels = 56;
  const int zoom = static_cast<int>(std::max<int64_t>(1, kCellPixels / std::max(shape[1], shape[2])));
  WritePng(options.out, ComposePictures(grid, {.zoom = zoom}));
  std::cout << options.out << "\n";
}

// ---- the command line

Command AddVerb(const Command& data, const std::shared_ptr<DataFlags>& options, const char* name,
                const char* help, const char* examples = "") {
  const Command verb = data.AddCommand(name, help, examples);
  verb.Add("--data-dir", options->data.data_dir, "Folder to search for the data first");
  return verb;
}

void AddName(const Command& verb, const std::shared_ptr<DataFlags>& options) {
  verb.Add("data", options->data.name, kDataHelp).Required();
  AddReading(verb, options->data);
}

void AddList(const Command& data, const std::shared_ptr<DataFlags>& options) {
  const Command verb = AddVerb(data, options, "list", "List data sets and where they are");
  verb.AddSwitch("--json", options->json, "Print JSON");
  verb.OnRun([options] { List(*options); });
}

void AddInfo(const Command& data, const std::shared_ptr<DataFlags>& options) {
  const Command verb =
      AddVerb(data, options, "info", "Show sizes, labels, pixel statistics and checksum",
              "hourglass data info mnist --json\n"
              "hourglass data info digits --judge mnist     how well digits represents MNIST");
  AddName(verb, options);
  verb.AddSwitch("--json", options->json, "Print JSON");
  verb.Add("--judge", options->judge, "Label OTHER's held-out images by this data").Type("OTHER");
  verb.OnRun([options] { Info(*options); });
}

void AddPreview(const Command& data, const std::shared_ptr<DataFlags>& options) {
  const Command verb = AddVerb(data, options, "preview", "Draw the first images, one row per class",
                               "hourglass data preview digits -o digits.png");
  AddName(verb, options);
  verb.Add("-o,--out", options->out, "PNG file to write").Required();
  verb.Add("--part", options->part, "train, or held out: test or val").ShowDefault();
  verb.Add("--columns", options->columns, "Images per row")
      .Check(WholeNumber(1, 1000))
      .Type("N")
      .ShowDefault();
  verb.OnRun([verb, options] { Preview(verb, *options); });
}

}  // namespace

void AddDataCommand(const Command& program) {
  const Command data = program.AddCommand("data", "List, inspect, preview and fetch data sets",
                                          "hourglass data list\n"
                                          "hourglass data fetch mnist\n"
                                          "hourglass data preview digits -o digits.png");
  data.RequireCommand();
  const auto options = std::make_shared<DataFlags>();
  AddList(data, options);
  AddInfo(data, options);
  AddPreview(data, options);
  AddDataCheckCommand(data);
  AddDataPackCommand(data);
  AddDataCacheCommand(data);
  AddDataFetchCommand(data);
}

}  // namespace hourglass::app
