// hourglass map: codes of few numbers in which near points stay near, without an encoder.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/interrupt.h"
#include "app/points.h"
#include "app/progress.h"
#include "app/scores.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/data/open_data.h"
#include "hourglass/map/map_run.h"
#include "hourglass/map/placement.h"
#include "hourglass/neighbours/new_scores.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/scatter.h"

namespace hourglass::app {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostDrawn = 100'000;
// Exact ranks of all points take time that grows with their square; of more points, a sample is scored.
constexpr int64_t kMostScored = 100'000, kScoredSample = 10'000;

struct MapFlags {
  std::string of;  // a run or a map
  PointsSource source;
  std::string labels, added, metric = "l2", iterations = "750", out;
  MapOptions map;
  int64_t threads = 0;
  bool no_scores = false, json = false;
};

class Observer final : public MapObserver {
 public:
  explicit Observer(Verbosity verbosity) : progress_(verbosity) {}
  void OnStep(const std::string& what, double share) override { progress_.OnStep(what, share); }
  bool StopRequested() override { return InterruptNoted(); }
  StepProgress& progress() { return progress_; }

 private:
  StepProgress progress_;
};

// Points with what map.json says of where they come from.
struct SourcedPoints {
  Points points;
  Json source;
};

std::string Absolute(const std::string& path) {
  return path.empty() ? "" : fs::absolute(path).lexically_normal().string();
}

// The codes that a run gives to the images of `part`; to those of its own data, unless the source names
// others.
Points CodesOfRun(const std::string& run, const PointsSource& source) {
  const auto backend = MakeBackend();
  const TrainedModel model = OpenTrainedModel(run, *backend);
  Points points = PointsOf(OpenDataOf(model, source), source.part);
  const Dataset& images = source.part == "train" ? *points.splits.train : *points.splits.held_out;
  points.values = EncodeAll(*model.session, images);
  points.name = fmt::format("codes of {}, {}", run, points.name);
  return points;
}

SourcedPoints OpenSource(const Command& command, const MapFlags& options) {
  SourcedPoints found;
  const PointsSource& source = options.source;
  const bool named = FindNamedSet(source.name) != nullptr;
  const bool is_path = !named && (IsNpy(source.name) || fs::exists(source.name));
  found.source = {{"run", Absolute(options.of)},
                  {"data", is_path ? Absolute(source.name) : source.name},
                  {"data_dir", Absolute(source.data_dir.string())},
                  {"part", source.part},
                  {"axes", Name(source.axes)},
                  {"range", Name(source.range)},
                  {"label_column", source.label_column},
                  {"labels", Absolute(options.labels)}};
  found.points = options.of.empty() ? OpenPoints(command, source) : CodesOfRun(options.of, source);
  ReadLabels(options.labels, found.points);
  return found;
}

// The points of a picture: all, or some of them, evenly chosen, since more than that cover each other.
std::vector<int64_t> DrawnPoints(int64_t n) {
  const int64_t drawn = std::min(n, kMostDrawn);
  std::vector<int64_t> ids(static_cast<size_t>(drawn));
  for (int64_t i = 0; i < drawn; ++i) ids[static_cast<size_t>(i)] = n * i / drawn;
  return ids;
}

void DrawMap(const Command& command, const fs::path& folder, const Points& points, const Tensor& codes) {
  const std::vector<int64_t> ids = DrawnPoints(codes.rows());
  const Tensor drawn = GatherRows(codes, ids);
  std::vector<int32_t> classes(ids.size());
  const bool labels = !points.labels.empty();
  for (size_t i = 0; labels && i < ids.size(); ++i) classes[i] = points.labels[static_cast<size_t>(ids[i])];
  std::string what = fmt::format("{} points ({})", Grouped(codes.rows()), points.name);
  if (drawn.rows() < codes.rows()) what += fmt::format(", {} of them shown", Grouped(drawn.rows()));
  const ScatterPlot plot = {.title = fmt::format("Map of {}", what),
                            .x_label = "first number of the code",
                            .y_label = "second number of the code",
                            .points = &drawn};
  const std::string colours =
      labels ? ", in the colours of their labels; " + DescribeClasses(plot, classes, points.class_names) : "";
  const Figure figure = {folder, "map", fmt::format("Map of {}{}.", what, colours),
                         fmt::format("{} points in the plane.", Grouped(drawn.rows()))};
  WriteScatterPlot(figure, plot, classes, points.class_names);
  if (labels) NoteLabels(command, ClassLabels(points.class_names, kImageLabelCharacters).Explain(classes));
}

void PrintNoteOf(const Command& command, const std::string& note) {
  if (!note.empty() && command.verbosity() != Verbosity::kQuiet)
    PrintMessage(fmt::format("note: {}\n", note));
}

void PrintPaths(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) fmt::print("{}\n", (folder / name).string());
}

int ThreadsOf(const MapFlags& options) {
  return options.threads > 0 ? static_cast<int>(options.threads) : AvailableThreads();
}

// ---- a new map

void CheckSource(const MapFlags& options) {
  if (options.of.empty() && options.source.name.empty()) {
    throw UsageError({.what = "map needs points",
                      .hint = "hourglass map --data mnist -o DIR, --data x.npy -o DIR, or map RUN"});
  }
  if (options.of.empty() && options.out.empty()) {
    throw UsageError({.what = "a map needs a folder", .hint = "name it with --out DIR"});
  }
}

MadeMap Make(const Command& command, const MapFlags& options, const SourcedPoints& of,
             const fs::path& folder) {
  NoteInterrupts();
  Observer observer(command.verbosity());
  MadeMap map = MakeMap(of.points.values, options.map, of.source, folder, observer);
  observer.progress().Clear();
  if (!map.complete) {
    PrintMessage("interrupted; run the same command to resume\n");
    throw Interrupted();
  }
  EndAtInterrupts();
  PrintNoteOf(command, map.note);
  return map;
}

// Scores the map, prints the result unless it is wanted as JSON, and returns it as JSON.
Json ScoreSample(const MapFlags& options, const Points& points, const Tensor& codes) {
  const NewScores scores =
      ScoreSampledCodes({points.values, codes, points.labels}, kScoredSample, options.map.distance,
                        DefaultSizes(kMostScored), options.map.threads);
  if (!options.json) PrintNewScores(scores, "sampled", "others");
  return {{"schema_version", 1}, {"points", points.name}, {"sample", ToJson(scores)}};
}

Json ScoreAll(const Command& command, const MapFlags& options, const Points& points, const Tensor& codes) {
  StepProgress progress(command.verbosity());
  CodeNeighbourOptions scoring;
  scoring.distances = {options.map.distance};
  scoring.k = std::min(scoring.k, points.values.rows() - 2);
  scoring.scores.ks = DefaultSizes(scoring.k);
  scoring.scores.threads = options.map.threads;
  scoring.scores.progress = [&](const std::string& what, double share) { progress.OnStep(what, share); };
  const std::vector<NeighbourhoodScores> scores = ScoresOf(points, codes, scoring);
  progress.Clear();
  if (!options.json) PrintScores(scores.front(), points.class_names);
  return ScoresJson(points, scores);
}

void MakeNew(const Command& command, MapFlags options) {
  CheckSource(options);
  options.map.distance = options.metric == "l1" ? Distance::kL1 : Distance::kL2;
  options.map.threads = ThreadsOf(options);
  options.map.schedule.iterations = options.iterations == "auto" ? 0 : std::stoll(options.iterations);
  const SourcedPoints of = OpenSource(command, options);
  const Points& points = of.points;
  const fs::path folder = options.out.empty() ? fs::path(options.of) / "map" : fs::path(options.out);
  const MadeMap map = Make(command, options, of, folder);
  std::vector<std::string> written = {"codes.npy"};
  if (options.map.dimensions == 2) {
    DrawMap(command, folder / "figures", points, map.codes);
    written.push_back("figures/map.png");
  }
  Json json = {{"schema_version", 1},          {"points", points.name},
               {"n", points.values.rows()},    {"dimensions", options.map.dimensions},
               {"iterations", map.iterations}, {"folder", folder.string()}};
  if (std::isfinite(map.divergence)) json["divergence"] = map.divergence;
  if (!options.json) {
    fmt::print("map of {} points ({}): {} iterations, divergence {:.4f}\n", Grouped(points.values.rows()),
               points.name, map.iterations, map.divergence);
  }
  if (!options.no_scores) {
    json["scores"] = points.values.rows() > kMostScored ? ScoreSample(options, points, map.codes)
                                                        : ScoreAll(command, options, points, map.codes);
    WriteJson(folder / "scores.json", json["scores"]);
    written.push_back("scores.json");
  }
  if (options.json) return fmt::print("{}\n", IndentedText(json));
  PrintPaths(folder, written);
}

// ---- new points on a map

// The points that a map was made from.
Points PointsOfMap(const Command& command, const MapFile& map, const std::string& folder) {
  MapFlags options;
  try {
    const Json& source = map.description.at("source");
    options.of = source.at("run");
    options.source.name = source.at("data");
    options.source.data_dir = source.at("data_dir").get<std::string>();
    options.source.part = source.at("part");
    options.source.axes = ParseAxisOrder(source.at("axes").get<std::string>());
    options.source.range = ParsePixelRange(source.value("range", "auto"));
    options.source.label_column = source.value("label_column", "");
    options.labels = source.at("labels");
  } catch (const Json::exception& error) {
    throw DataError({.what = fmt::format("{}: map.json does not say what the map was made from", folder),
                     .got = ReasonOf(error)});
  }
  Points points = OpenSource(command, options).points;
  if (map.IsOf(points.values)) return points;
  throw DataError({.what = fmt::format("the points of the map in {} have changed", folder),
                   .expected = "those that it was made from",
                   .got = points.name,
                   .hint = "make the map again in another folder"});
}

// The held-out part of a data set, unless --part says otherwise; encoded, if the map is one of codes.
Points AddedPoints(const Command& command, const MapFlags& options, const MapFile& map) {
  PointsSource source = options.source;
  source.name = options.added;
  const std::string run = map.description.at("source").at("run");
  if (IsNpy(source.name) && run.empty()) return OpenPoints(command, source);
  const DataSplits splits = OpenNamed(source);
  if (!command.Given("--part")) source.part = splits.held_out_name;
  return run.empty() ? PointsOf(splits, source.part) : CodesOfRun(run, source);
}

void AddTo(const Command& command, const MapFlags& options) {
  RefuseFlags(command, {"--metric", "-d", "--perplexity", "--iterations", "--seed"},
              "--add places points on a map that is already made");
  if (options.of.empty() || options.out.empty()) {
    throw UsageError({.what = "--add needs a map and a folder for the new codes",
                      .hint = "hourglass map MAP --add NEW -o DIR"});
  }
  if (fs::exists(fs::path(options.out) / "map.json")) {
    throw UsageError({.what = fmt::format("{} holds a map, which new points would overwrite", options.out),
                      .hint = "choose another folder with --out"});
  }
  const MapFile map = ReadMap(options.of);
  const Points before = PointsOfMap(command, map, options.of);
  Points added = AddedPoints(command, options, map);
  ReadLabels(options.labels, added);
  const int threads = ThreadsOf(options);
  Team team(threads);
  const Tensor codes = PlaceOnMap(before.values, map.codes, added.values, {.distance = map.distance()}, team);
  const fs::path folder = options.out;
  CreateDirectories(folder);
  WriteNpy(folder / "codes.npy", codes);
  std::vector<std::string> written = {"codes.npy"};
  if (codes.row_size() == 2) {
    DrawMap(command, folder / "figures", added, codes);
    written.push_back("figures/map.png");
  }
  Json json = {{"schema_version", 1}, {"map", options.of}, {"points", added.name}, {"n", codes.rows()}};
  if (!options.no_scores) {
    const NewScores scores =
        ScoreNewCodes({before.values, map.codes, before.labels}, {added.values, codes, added.labels},
                      map.distance(), DefaultSizes(before.values.rows()), threads);
    json["scores"] = ToJson(scores);
    WriteJson(folder / "scores.json", json);
    written.push_back("scores.json");
    if (!options.json) PrintNewScores(scores);
  }
  if (options.json) return fmt::print("{}\n", IndentedText(json));
  PrintPaths(folder, written);
}

void Run(const Command& command, const MapFlags& options) {
  if (!options.added.empty()) return AddTo(command, options);
  MakeNew(command, options);
}

std::string CheckIterations(const std::string& text) {
  return text == "auto" || WholeNumber(1, 1'000'000)(text).empty() ? ""
                                                                   : "auto or a number from 1 to 1000000";
}

}  // namespace

void AddMapCommand(const Command& program) {
  auto options = std::make_shared<MapFlags>();
  const Command command = program.AddCommand(
      "map", "Map points by t-SNE, place new ones",
      "hourglass map --data mnist -o maps/mnist                  codes, picture, scores\n"
      "hourglass map --data x.npy --labels y.npy -o maps/x       any array\n"
      "hourglass map RUN                                         a map of a run's codes\n"
      "hourglass map maps/mnist --add mnist -o maps/test         place new points on a map");
  command.Add("of", options->of, "A run directory; with --add, a map").Type("RUN|MAP");
  AddSource(command, options->source, "Data: a name, path or npy file");
  command.Add("--part", options->source.part, "train, or held out: test or val").ShowDefault();
  command.Add("--labels", options->labels, "Labels of the points: an npy file");
  command.Add("--add", options->added, "New points to place: data or npy file");
  command.Add("--metric", options->metric, "l1 or l2").ShowDefault().Check(OneOf({"l1", "l2"}));
  command.Add("-d,--dimensions", options->map.dimensions, "Numbers per code")
      .ShowDefault()
      .Check(WholeNumber(1, 64));
  command.Add("--perplexity", options->map.perplexities, "Neighbours that count; several: 10,50")
      .SplitAt(',')
      .ShowDefault("30")
      .Check(Number(1, 333));
  command.Add("--iterations", options->iterations, "Iterations, or auto")
      .ShowDefault()
      .Check(CheckIterations);
  command.Add("--seed", options->map.seed, "Seed of the start").ShowDefault();
  command.Add("--threads", options->threads, "Threads (0: OMP_NUM_THREADS, else all cores)")
      .ShowDefault()
      .Check(WholeNumber(0, 1024));
  command.Add("-o,--out", options->out, "Folder for the map, new or to resume [RUN/map]").Type("DIR");
  command.AddSwitch("--no-scores", options->no_scores, "Do not score the map");
  command.AddSwitch("--json", options->json, "Print JSON");
  command.OnRun([command, options] { Run(command, *options); });
}

}  // namespace hourglass::app
