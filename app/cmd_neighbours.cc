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
#include "app/points.h"
#include "app/progress.h"
#include "app/scores.h"
#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/data/open_data.h"
#include "hourglass/neighbours/neighbour_files.h"
#include "hourglass/neighbours/new_scores.h"

namespace hourglass::app {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDefaultNeighbours = 200;

struct NeighboursFlags : PictureOptions {
  std::string run, part = "train";
  std::vector<std::string> metrics;
  std::optional<int64_t> k;
  std::vector<int64_t> ks;
  int64_t area_points = ScoreOptions().area_points;
  fs::path codes, labels, new_codes, new_labels;
  std::string new_data;     // of arrays
  bool new_points = false;  // of a run
};

Points OfData(const Command& command, const NeighboursFlags& options) {
  return OpenPoints(command, {{options.data}, options.part});
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

// The requested sizes, else the default sizes that n points allow.
CodeNeighbourOptions ScoringOptions(const NeighboursFlags& options, int64_t n, StepProgress& progress) {
  CodeNeighbourOptions scoring;
  scoring.distances = Distances(options);
  int64_t usual = std::clamp<int64_t>(n - 2, 1, kDefaultNeighbours);
  if (!options.ks.empty()) usual = std::max(usual, std::ranges::max(options.ks));
  scoring.k = options.k.value_or(usual);
  scoring.scores.area_points = options.area_points;
  scoring.scores.ks = options.ks.empty() ? DefaultSizes(scoring.k) : options.ks;
  scoring.scores.progress = [&](const std::string& what, double share) { progress.OnStep(what, share); };
  return scoring;
}

// `new_scores`: one per distance, or none.
void Report(const NeighboursFlags& options, const Points& points, const Json& json,
            const std::vector<NeighbourhoodScores>& scores, const std::vector<NewScores>& new_scores,
            const fs::path& file) {
  if (!file.empty()) WriteJson(file, json);
  if (options.json) {
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  for (size_t d = 0; d < scores.size(); ++d) {
    PrintScores(scores[d], points.class_names);
    if (!new_scores.empty()) PrintNewScores(new_scores[d], "held-out", "training points");
  }
  if (!file.empty()) fmt::print("{}\n", file.string());
}

// Of the held-out images among the training images, for each distance.
std::vector<NewScores> ScoresOfNew(const TrainedModel& model, const DataSplits& data, const Tensor& codes,
                                   const CodeNeighbourOptions& options) {
  const Tensor added = EncodeAll(*model.session, *data.held_out);
  const OldAndNewCodes both[] = {{&codes, &added}};
  std::vector<NewScores> scores;
  for (auto& of_distance : ScoreNewByDistances(data, both, options)) scores.push_back(of_distance.front());
  return scores;
}

void ScoreRun(const Command& command, const NeighboursFlags& options) {
  const auto backend = MakeBackend();
  const TrainedModel model = OpenTrainedModel(options.run, *backend);
  const DataSplits data = OpenDataOf(model, options.data);
  const Points points = PointsOf(data, options.part);
  const Dataset& images = options.part == "train" ? *data.train : *data.held_out;
  const Tensor codes = EncodeAll(*model.session, images);
  StepProgress progress(command.verbosity());
  CodeNeighbourOptions scoring = ScoringOptions(options, points.values.rows(), progress);
  const RunDirectory* run = OwnRun(options, {&model, 1}, data);
  const fs::path folder = run != nullptr ? run->path() / "neighbours" : fs::path(options.out);
  if (options.data.name.empty() || TrainedOn(model, data)) scoring.keep = folder;
  const auto scores = ScoresOf(points, codes, scoring);
  std::vector<NewScores> new_scores;
  if (options.part == "train") new_scores = ScoresOfNew(model, data, codes, scoring);
  progress.Clear();
  Json json = ScoresJson(points, scores, new_scores);
  json["run"] = options.run;
  json["data_checksum"] = data.checksum;
  if (!folder.empty()) CreateDirectories(folder);
  WarnOfFailures(command, {&model, 1}, *data.held_out);
  Report(options, points, json, scores, new_scores, folder.empty() ? "" : folder / "scores.json");
}

// Scores new points among old ones by each distance; keeps the scores in `folder`, if it has a name.
void ScoreNew(const NeighboursFlags& options, const OldPoints& before, const OldPoints& added, Json json,
              const fs::path& folder) {
  const std::vector<int64_t> ks = options.ks.empty() ? DefaultSizes(before.points.rows()) : options.ks;
  std::vector<NewScores> all;
  json["schema_version"] = 1;
  json["results"] = Json::array();
  for (const Distance distance : Distances(options)) {
    all.push_back(ScoreNewCodes(before, added, distance, ks, /*threads=*/0));
    json["results"].push_back(ToJson(all.back()));
  }
  if (!folder.empty()) {
    CreateDirectories(folder);
    WriteJson(folder / "new_scores.json", json);
  }
  if (options.json) return fmt::print("{}\n", IndentedText(json));
  for (const NewScores& scores : all) PrintNewScores(scores);
  if (!folder.empty()) fmt::print("{}\n", (folder / "new_scores.json").string());
}

// The images that the model has not been trained on, among those that it has.
void ScoreNewImages(const Command& command, const NeighboursFlags& options) {
  RefuseFlags(command, {"--part", "-k", "--area-points"}, "--new compares held-out with training images");
  const auto backend = MakeBackend();
  const TrainedModel model = OpenTrainedModel(options.run, *backend);
  const DataSplits data = OpenDataOf(model, options.data);
  const Tensor before = AllImages(*data.train), added = AllImages(*data.held_out);
  const Tensor codes = EncodeAll(*model.session, *data.train);
  const Tensor added_codes = EncodeAll(*model.session, *data.held_out);
  const RunDirectory* run = OwnRun(options, {&model, 1}, data);
  WarnOfFailures(command, {&model, 1}, *data.held_out);
  ScoreNew(options, {before, codes, data.train->labels()}, {added, added_codes, data.held_out->labels()},
           {{"run", options.run}, {"points", data.name}},
           run != nullptr ? run->path() / "neighbours" : fs::path(options.out));
}

// The rows of an npy file, or the held-out images of a data set.
Points OpenNewData(const Command& command, const NeighboursFlags& options) {
  PointsSource source{{options.data}};
  source.name = options.new_data;
  if (IsNpy(source.name)) return OpenPoints(command, source);
  DataSplits splits = OpenNamed(source);
  const std::string part = splits.held_out_name;
  return PointsOf(std::move(splits), part);
}

// Labels that were asked for must not be without effect.
void CheckBothLabelled(const NeighboursFlags& options, const Points& before, const Points& added) {
  if (options.labels.empty() && options.new_labels.empty()) return;
  if (before.labels.empty() == added.labels.empty()) return;
  throw UsageError({.what = "scores of labels need those of the old and of the new points",
                    .expected = "--labels and --new-labels",
                    .got = before.labels.empty() ? "only --new-labels" : "only --labels",
                    .hint = "give both or neither"});
}

void ScoreNewArrays(const Command& command, const NeighboursFlags& options) {
  RefuseFlags(command, {"-k", "--area-points"}, "--new-data compares new points with old ones");
  Points before = OfData(command, options), added = OpenNewData(command, options);
  RequireSameKind(added.name, added.values, before.name, before.values);
  const Tensor codes = ReadCodes(options.codes, before), added_codes = ReadCodes(options.new_codes, added);
  RequireSameKind(options.new_codes.string(), added_codes, options.codes.string(), codes);
  ReadLabels(options.labels, before);
  ReadLabels(options.new_labels, added);
  CheckBothLabelled(options, before, added);
  ScoreNew(options, {before.values, codes, before.labels}, {added.values, added_codes, added.labels},
           {{"points", before.name},
            {"codes", options.codes.string()},
            {"new_points", added.name},
            {"new_codes", options.new_codes.string()}},
           options.out);
}

void ScoreArrays(const Command& command, const NeighboursFlags& options) {
  Points points = OfData(command, options);
  const Tensor codes = ReadCodes(options.codes, points);
  ReadLabels(options.labels, points);
  StepProgress progress(command.verbosity());
  const CodeNeighbourOptions scoring = ScoringOptions(options, points.values.rows(), progress);
  const auto scores = ScoresOf(points, codes, scoring);
  progress.Clear();
  Json json = ScoresJson(points, scores);
  json["codes"] = options.codes.string();
  if (!options.out.empty()) CreateDirectories(options.out);
  Report(options, points, json, scores, {},
         options.out.empty() ? fs::path() : fs::path(options.out) / "scores.json");
}

void Run(const Command& command, NeighboursFlags options) {
  if (options.metrics.empty()) options.metrics = {"l1", "l2"};
  if (options.new_points) return ScoreNewImages(command, options);
  if (!options.run.empty()) return ScoreRun(command, options);
  if (options.data.name.empty()) {
    throw UsageError({.what = "neighbours needs points to search",
                      .hint =
                          "hourglass neighbours RUN, or --data mnist --metric l2 --out DIR, or --data x.npy "
                          "--codes z.npy"});
  }
  if (IsNpy(options.data.name) && command.Given("--part")) {
    throw UsageError(
        {.what = "--part is for images; an npy file has only one part", .got = options.data.name});
  }
  if (!options.new_data.empty()) return ScoreNewArrays(command, options);
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
      "hourglass neighbours RUN --new                             only held-out images, which is faster\n"
      "hourglass neighbours --data mnist --metric l1 -k 200 --out lists    indices.npy and distances.npy\n"
      "hourglass neighbours --data x.npy --codes z.npy --labels y.npy      any arrays\n"
      "hourglass neighbours --data x.npy --codes z.npy --new-data x2.npy --new-codes z2.npy    new rows");
  const Flag run = command.Add("run", options->run, "A run directory or model file");
  AddSource(command, options->data, "Data: a name, path or npy file");
  command.Add("--part", options->part, "train, or held out: test or val").ShowDefault();
  command.Add("--metric", options->metrics, "l1 or l2, for pixels and codes [both]")
      .Check(OneOf({"l1", "l2"}))
      .SplitAt(',');
  command.Add("-k", options->k, "Neighbours per point [200]").Check(WholeNumber());
  const Flag codes = command.Add("--codes", options->codes, "Codes of the points: an npy file").Excludes(run);
  command.Add("--labels", options->labels, "Labels of the points: an npy file").Needs(codes);
  const Flag new_data = command.Add("--new-data", options->new_data, "New points: name, path or npy file");
  const Flag new_codes = command.Add("--new-codes", options->new_codes, "Codes of --new-data: an npy file");
  new_codes.Needs(codes).Needs(new_data);
  new_data.Needs(new_codes);
  command.Add("--new-labels", options->new_labels, "Labels of --new-data: an npy file").Needs(new_codes);
  command.AddSwitch("--new", options->new_points, "Score only the held-out images").Needs(run);
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
