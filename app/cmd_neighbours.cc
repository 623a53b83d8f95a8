// hourglass neighbours: finds the nearest neighbours of every point, and scores how codes keep them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/messages.h"
#include "app/picture_options.h"
#include "app/progress.h"
#include "app/table.h"
#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/open_data.h"
#include "hourglass/neighbours/nearest_label.h"
#include "hourglass/neighbours/neighbour_files.h"

namespace hourglass::app {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDefaultNeighbours = 200;

struct NeighboursFlags : PictureOptions {
  std::string run, part = "train";
  AxisOrder axes = AxisOrder::kAuto;
  std::vector<std::string> metrics;
  std::optional<int64_t> k;
  std::vector<int64_t> ks;
  int64_t area_points = ScoreOptions().area_points;
  fs::path codes, labels;
};

// The named points, with labels if there are any.
struct Points {
  std::string name;
  Tensor values;
  std::vector<int32_t> labels;
  DataSplits splits;  // owns the images that `values` is a view of
};

bool IsNpy(const std::string& name) {
  return name.ends_with(".npy");
}

Points OfDataset(DataSplits splits, const std::string& part) {
  if (part != "train" && part != splits.held_out_name) {
    throw UsageError({.what = fmt::format("{} has no part '{}'", splits.name, part),
                      .expected = "train or " + splits.held_out_name});
  }
  const Dataset& images = part == "train" ? *splits.train : *splits.held_out;
  return {.name = fmt::format("{} {}", splits.name, part),
          .values = AllImages(images),
          .labels = {images.labels().begin(), images.labels().end()},
          .splits = splits};
}

Points OfData(const Command& command, const NeighboursFlags& options) {
  if (!IsNpy(options.data)) {
    DataSplits splits = OpenData({.name = options.data, .data_dir = options.data_dir, .axes = options.axes});
    PrintNote(command, splits);
    return OfDataset(std::move(splits), options.part);
  }
  return {.name = options.data, .values = ReadNpy(options.data), .labels = {}, .splits = {}};
}

std::vector<Distance> Distances(const NeighboursFlags& options) {
  std::vector<Distance> distances;
  for (const std::string& metric : options.metrics) {
    distances.push_back(metric == "l1" ? Distance::kL1 : Distance::kL2);
  }
  return distances;
}

// ---- lists

Json WriteLists(const Command& command, const NeighboursFlags& options) {
  const Points points = OfData(command, options);
  if (options.metrics.size() != 1) {
    throw UsageError(
        {.what = "neighbour lists need exactly one --metric", .expected = "--metric l1 or --metric l2"});
  }
  const Verbosity verbosity = command.verbosity();
  StepProgress progress(verbosity);
  const NeighbourOptions search = {
      .distance = Distances(options).front(),
      .k = options.k.value_or(std::min(kDefaultNeighbours, points.values.rows() - 1)),
      .threads = 0,
      .progress = [&](double share) { progress.OnStep("neighbours", share); }};
  if (verbosity != Verbosity::kQuiet) {
    PrintMessage(fmt::format("{} neighbours of each of {} points ({}), {}; memory: {:.0f} MiB\n", search.k,
                             Grouped(points.values.rows()), points.name, Title(search.distance),
                             static_cast<double>(NeighbourBytes(points.values, search)) / (1 << 20)));
  }
  const Neighbours found = NearestNeighbours(points.values, search);
  progress.Clear();
  WriteNeighbours(options.out, found);
  return {{"schema_version", 1},
          {"points", points.name},
          {"n", found.n},
          {"k", found.k},
          {"distance", Name(found.distance)},
          {"indices", (fs::path(options.out) / "indices.npy").string()},
          {"distances", (fs::path(options.out) / "distances.npy").string()}};
}

// ---- scores

std::string Number(double value) {
  return fmt::format("{:.5f}", value);
}

// True if breaking ties at random would change the printed digits.
bool TiesShow(const NeighbourhoodScores& scores) {
  return std::ranges::any_of(
      scores.at, [](const ScoresAt& at) { return Number(at.score) != Number(at.expected_score); });
}

void PrintMeasures(const NeighbourhoodScores& scores) {
  const bool ties_show = TiesShow(scores);
  std::vector<std::string> header = {"k",          "score",      "chance",     "score/chance",
                                     "R_NX",       "trust",      "continuity", "MRRE code",
                                     "MRRE input", "ties input", "ties code"};
  if (ties_show) header.insert(header.begin() + 2, "random ties");
  std::vector<std::vector<std::string>> rows;
  for (const ScoresAt& at : scores.at) {
    rows.push_back({fmt::format("{}", at.k), Number(at.score), Number(at.chance),
                    fmt::format("{:.2f}", at.score / at.chance), Number(at.rnx), Number(at.trustworthiness),
                    Number(at.continuity), Number(at.code_rank_error), Number(at.input_rank_error),
                    fmt::format("{}", at.input_ties), fmt::format("{}", at.code_ties)});
    if (ties_show) rows.back().insert(rows.back().begin() + 2, Number(at.expected_score));
  }
  fmt::print("{} in input and code, {} points\n", Title(scores.distance), Grouped(scores.n));
  PrintTable(header, rows, 0);
}

void PrintAreas(const NeighbourhoodScores& scores) {
  const AllSizes& all = scores.all_sizes;
  const std::string from = all.points == scores.n
                               ? "from all points"
                               : fmt::format("± {:.5f}, estimated from {} of the {} points",
                                             all.standard_error, Grouped(all.points), Grouped(scores.n));
  fmt::print("area of R_NX over ln k, k = 1 to {}: {:.5f}\n",
             Grouped(static_cast<int64_t>(scores.qnx.size())), scores.rnx_area);
  fmt::print("area of R_NX over ln k, k = 1 to {}: {:.5f} {}\n\n", Grouped(scores.n - 2), all.area, from);
}

void PrintByLabel(const std::string& name, int64_t k, const std::map<int, double>& values) {
  std::string line = fmt::format("{}@{} by label:", name, k);
  for (const auto& [label, value] : values) line += fmt::format("  {} {:.4f}", label, value);
  fmt::print("{}\n", line);
}

void PrintLabels(const NeighbourhoodScores& scores, const std::vector<double>& held_out) {
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < scores.at.size(); ++i) {
    const LabelScores& labels = *scores.at[i].labels;
    rows.push_back({fmt::format("{}", scores.at[i].k), Number(labels.input_rate), Number(labels.code_rate),
                    Number(labels.improvement), Number(labels.similarity), Number(labels.input_accuracy),
                    Number(labels.code_accuracy), held_out.empty() ? "-" : Number(held_out[i])});
  }
  PrintTable(
      {"k", "rate input", "rate code", "improvement", "similarity", "kNN input", "kNN code", "kNN held out"},
      rows, 0);
  for (const ScoresAt& at : scores.at) PrintByLabel("score", at.k, at.labels->score_by_label);
  for (const ScoresAt& at : scores.at) PrintByLabel("rate code", at.k, at.labels->code_rate_by_label);
  fmt::print("\n");
}

void PrintScores(const NeighbourhoodScores& scores, const std::vector<double>& held_out) {
  PrintMeasures(scores);
  PrintAreas(scores);
  if (scores.at.front().labels) PrintLabels(scores, held_out);
}

// The requested sizes, else the default sizes that n points allow.
CodeNeighbourOptions ScoringOptions(const NeighboursFlags& options, int64_t n, StepProgress& progress) {
  CodeNeighbourOptions scoring;
  scoring.distances = Distances(options);
  int64_t usual = std::clamp<int64_t>(n - 2, 1, kDefaultNeighbours);
  if (!options.ks.empty()) usual = std::max(usual, std::ranges::max(options.ks));
  scoring.k = options.k.value_or(usual);
  scoring.scores.area_points = options.area_points;
  std::vector<int64_t>& ks = scoring.scores.ks;
  if (!options.ks.empty()) ks = options.ks;
  if (options.ks.empty()) std::erase_if(ks, [&](int64_t k) { return k > scoring.k; });
  if (ks.empty()) ks = {scoring.k};
  scoring.scores.progress = [&](const std::string& what, double share) { progress.OnStep(what, share); };
  return scoring;
}

Json ScoresJson(const std::string& points, const std::vector<NeighbourhoodScores>& scores,
                const std::vector<std::vector<double>>& held_out) {
  Json json = {{"schema_version", 1}, {"points", points}, {"results", Json::array()}};
  for (size_t d = 0; d < scores.size(); ++d) {
    json["results"].push_back(ToJson(scores[d]));
    for (size_t i = 0; i < held_out[d].size(); ++i) {
      json["results"].back()["at"][i]["labels"]["held_out_accuracy"] = held_out[d][i];
    }
  }
  return json;
}

void Report(const NeighboursFlags& options, const Json& json, const std::vector<NeighbourhoodScores>& scores,
            const std::vector<std::vector<double>>& held_out, const fs::path& file) {
  if (!file.empty()) WriteJson(file, json);
  if (options.json) {
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  for (size_t d = 0; d < scores.size(); ++d) PrintScores(scores[d], held_out[d]);
  if (!file.empty()) fmt::print("{}\n", file.string());
}

// One per distance.
std::vector<NeighbourhoodScores> ScoresOf(const Points& points, const Tensor& codes,
                                          const CodeNeighbourOptions& scoring) {
  const Tensor* one[] = {&codes};
  std::vector<NeighbourhoodScores> scores;
  for (auto& of_distance : ScoreByDistances(points.values, one, points.labels, scoring)) {
    scores.push_back(std::move(of_distance.front()));
  }
  return scores;
}

void ScoreRun(const Command& command, const NeighboursFlags& options) {
  const auto backend = MakeBackend();
  const TrainedModel model = OpenTrainedModel(options.run, *backend);
  const DataSplits data = OpenDataOf(model, options.data_dir, options.data);
  const Points points = OfDataset(data, options.part);
  const Dataset& images = options.part == "train" ? *data.train : *data.held_out;
  const Tensor codes = EncodeAll(*model.session, images);
  StepProgress progress(command.verbosity());
  CodeNeighbourOptions scoring = ScoringOptions(options, points.values.rows(), progress);
  const RunDirectory* run = OwnRun(options, {&model, 1}, data);
  const fs::path folder = run != nullptr ? run->path() / "neighbours" : fs::path(options.out);
  if (options.data.empty() || TrainedOn(model, data)) scoring.keep = folder;
  const auto scores = ScoresOf(points, codes, scoring);
  std::vector<std::vector<double>> held_out(scores.size());
  const bool both_labelled = !data.train->labels().empty() && !data.held_out->labels().empty();
  if (both_labelled && options.part == "train") {
    const Tensor held_out_codes = EncodeAll(*model.session, *data.held_out);
    for (size_t d = 0; d < scores.size(); ++d) {
      held_out[d] = HeldOutAccuracy(codes, held_out_codes, data, scores[d].distance, scoring.scores.ks, 0);
    }
  }
  progress.Clear();
  Json json = ScoresJson(points.name, scores, held_out);
  json["run"] = options.run;
  json["data_checksum"] = data.checksum;
  if (!folder.empty()) CreateDirectories(folder);
  WarnOfFailures(command, {&model, 1}, *data.held_out);
  Report(options, json, scores, held_out, folder.empty() ? "" : folder / "scores.json");
}

void ScoreArrays(const Command& command, const NeighboursFlags& options) {
  Points points = OfData(command, options);
  const Tensor codes = ReadNpy(options.codes);
  if (!options.labels.empty()) points.labels = ReadNpyLabels(options.labels);
  StepProgress progress(command.verbosity());
  const CodeNeighbourOptions scoring = ScoringOptions(options, points.values.rows(), progress);
  const auto scores = ScoresOf(points, codes, scoring);
  progress.Clear();
  Json json = ScoresJson(points.name, scores, std::vector<std::vector<double>>(scores.size()));
  json["codes"] = options.codes.string();
  if (!options.out.empty()) CreateDirectories(options.out);
  Report(options, json, scores, std::vector<std::vector<double>>(scores.size()),
         options.out.empty() ? fs::path() : fs::path(options.out) / "scores.json");
}

void Run(const Command& command, NeighboursFlags options) {
  if (options.metrics.empty()) options.metrics = {"l1", "l2"};
  if (!options.run.empty()) return ScoreRun(command, options);
  if (options.data.empty()) {
    throw UsageError({.what = "neighbours needs points to search",
                      .hint =
                          "hourglass neighbours RUN, or --data mnist --metric l2 --out DIR, or --data x.npy "
                          "--codes z.npy"});
  }
  if (IsNpy(options.data) && command.Given("--part")) {
    throw UsageError({.what = "--part is for images; an npy file has only one part", .got = options.data});
  }
  if (!options.codes.empty()) return ScoreArrays(command, options);
  for (const char* flag : {"--at", "--area-points"}) {
    if (!command.Given(flag)) continue;
    throw UsageError({.what = fmt::format("{} needs scores, but this command computes none", flag),
                      .hint = "name a RUN or --codes; lists of neighbours take -k"});
  }
  if (options.out.empty()) {
    throw UsageError({.what = "neighbour lists need a folder", .hint = "name it with --out DIR"});
  }
  const Json json = WriteLists(command, options);
  if (options.json) {
    fmt::print("{}\n", IndentedText(json));
  } else {
    fmt::print("{}\n{}\n", json["indices"].get<std::string>(), json["distances"].get<std::string>());
  }
}

}  // namespace

void AddNeighboursCommand(const Command& program) {
  auto options = std::make_shared<NeighboursFlags>();
  const Command command = program.AddCommand(
      "neighbours", "Find nearest neighbours, score how codes keep them",
      "hourglass neighbours RUN                                   do a model's codes keep neighbourhoods?\n"
      "hourglass neighbours RUN -k 200 --metric l2 --json\n"
      "hourglass neighbours --data mnist --metric l1 -k 200 --out lists    indices.npy and distances.npy\n"
      "hourglass neighbours --data x.npy --codes z.npy --labels y.npy      any arrays");
  const Flag run = command.Add("run", options->run, "A run directory or model file");
  command.Add("--data", options->data, "Data: a name, path or npy file");
  command.Add("--data-dir", options->data_dir, "Folder to search for the data first");
  AddAxes(command, options->axes);
  command.Add("--part", options->part, "train, or held out: test or val").ShowDefault();
  command.Add("--metric", options->metrics, "l1 or l2, for pixels and codes [both]")
      .Check(OneOf({"l1", "l2"}))
      .SplitAt(',');
  command.Add("-k", options->k, "Neighbours per point [200]").Check(WholeNumber());
  const Flag codes = command.Add("--codes", options->codes, "Codes of the points: an npy file").Excludes(run);
  command.Add("--labels", options->labels, "Labels of the points: an npy file").Needs(codes);
  command.Add("--at", options->ks, "Sizes of neighbourhoods to score [5,10,20,50]")
      .SplitAt(',')
      .Check(WholeNumber());
  command.Add("--area-points", options->area_points, "Points to estimate the area of R_NX from")
      .ShowDefault()
      .Check(WholeNumber());
  command.Add("-o,--out", options->out, "Folder for lists and scores [RUN/neighbours]").Type("DIR");
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([command, options] { Run(command, *options); });
}

}  // namespace hourglass::app
