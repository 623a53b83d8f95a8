// hourglass generate: decodes generated codes: class centroids, walks between two of them, samples of a
// class, a grid of two-number codes.
#include <fmt/format.h>

#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/picture_options.h"
#include "hourglass/analysis/generation.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/run_figures.h"

namespace hourglass::app {
namespace {

struct GenerateFlags : PictureOptions {
  std::string from, to, label;  // names or numbers of classes
  std::optional<int64_t> count, grid;
  bool prior = false;
  uint64_t seed = 0;
};

// The generated picture, and its description for --json.
struct Generated {
  const char* name;
  std::string caption, alt_text;
  PictureGrid grid;
  Json json;
  std::string explanation = {};  // of class labels in the picture
};

Json CodesJson(const Tensor& codes) {
  Json rows = Json::array();
  for (int64_t i = 0; i < codes.rows(); ++i) {
    const auto code = codes.Rows(i, 1);
    rows.push_back(std::vector<float>(code.span<float>().begin(), code.span<float>().end()));
  }
  return rows;
}

Generated Centroids(Session& session, const Dataset& data) {
  const ClassCentroids centroids = MeasureCentroids(session, data);
  const ClassLabels names(data.class_names(), kImageLabelCharacters);
  std::vector<std::string> labels;
  const std::vector<int32_t> classes(centroids.classes.begin(), centroids.classes.end());
  for (const int32_t label : classes) labels.push_back(names(label));
  return {.name = figure_name::kCentroids,
          .caption = "The mean code of all training images of each class, decoded.",
          .alt_text = fmt::format("A decoded picture for each of {} classes.", centroids.classes.size()),
          .grid = LabelledGrid("Class centroids, " + ModelTitle(session.model()),
                               session.Decode(centroids.codes), std::move(labels)),
          .json = {{"classes", centroids.classes},
                   {"images", centroids.images},
                   {"codes", CodesJson(centroids.codes)}},
          .explanation = names.Explain(classes)};
}

Generated Walk(Session& session, const Dataset& data, const GenerateFlags& options, int64_t count) {
  const int32_t first = LabelNamed(data, options.from), last = LabelNamed(data, options.to);
  const Tensor codes = StraightLine(CentroidPair(MeasureCentroids(session, data), first, last), count - 1);
  const std::string from = ShownClassName(data, first), to = ShownClassName(data, last);
  const ClassLabels names(data.class_names(), kImageLabelCharacters),
      titles(data.class_names(), kTitleCharacters);
  return {.name = figure_name::kCentroidWalk,
          .caption = fmt::format(
              "{} evenly spaced points on the straight line from the mean code of class {} to that of "
              "class {}, both included, decoded.",
              count, from, to),
          .alt_text = fmt::format("{} pictures that lead from {} to {}.", count, from, to),
          .grid = LabelledGrid(fmt::format("From centroid {} to centroid {}, {}", titles(first), titles(last),
                                           ModelTitle(session.model())),
                               session.Decode(codes), WalkLabels(names(first), names(last), count)),
          .json = {{"from", first}, {"to", last}, {"codes", CodesJson(codes)}},
          .explanation = names.Explain(std::vector<int32_t>{first, last})};
}

Generated Samples(Session& session, const Dataset& data, const GenerateFlags& options, int64_t count) {
  const int32_t label = LabelNamed(data, options.label);
  const std::string name = ShownClassName(data, label);
  const ClassLabels titles(data.class_names(), kTitleCharacters);
  const Tensor codes = SampleClass(session, data, label, count, options.seed);
  return {
      .name = figure_name::kClassSamples,
      .caption = fmt::format(
          "{} codes drawn from the Gaussian distribution with the mean and covariance of the codes of "
          "class {}, decoded.",
          count, name),
      .alt_text = fmt::format("{} generated pictures of class {}.", count, name),
      .grid = TiledGrid(fmt::format("Samples of class {}, {}", titles(label), ModelTitle(session.model())),
                        session.Decode(codes), std::min(count, kTileColumns)),
      .json = {{"class", label}, {"seed", options.seed}, {"codes", CodesJson(codes)}},
      .explanation = titles.Explain({&label, 1})};
}

Generated Prior(Session& session, int64_t count, uint64_t seed) {
  const Tensor codes = SamplePrior(session.model(), count, seed);
  return {.name = figure_name::kPriorSamples,
          .caption = fmt::format("{} drawn from the standard normal distribution, decoded.",
                                 Counted(count, "code", "codes")),
          .alt_text = fmt::format("{} generated pictures.", count),
          .grid = TiledGrid("Samples, " + ModelTitle(session.model()), session.Decode(codes),
                            std::min(count, kTileColumns)),
          .json = {{"seed", seed}, {"codes", CodesJson(codes)}}};
}

Generated Grid(Session& session, const Dataset& data, int64_t side) {
  const CodeGrid codes = GridOfCodes(session, data, side);
  return {.name = figure_name::kCodeGrid,
          .caption = CodePlaneCaption(codes),
          .alt_text = fmt::format("{} × {} decoded pictures.", side, side),
          .grid = CodePlane("Decoded codes, " + ModelTitle(session.model()), session, codes),
          .json = {{"first", codes.first}, {"second", codes.second}}};
}

Generated Generate(const GenerateFlags& options, Session& session, const Dataset& data) {
  if (options.grid) return Grid(session, data, *options.grid);
  if (options.prior) return Prior(session, options.count.value_or(40), options.seed);
  if (!options.label.empty()) return Samples(session, data, options, options.count.value_or(16));
  if (!options.from.empty()) return Walk(session, data, options, options.count.value_or(10));
  return Centroids(session, data);
}

void Run(const Command& command, const GenerateFlags& options) {
  if (!options.from.empty() && options.count == 1) {
    throw UsageError({.what = "a walk between two centroids needs at least two points", .got = "-n 1"});
  }
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data = OpenDataOf(models.front(), options.data);
  Generated generated = Generate(options, *models.front().session, *data.train);
  generated.caption += CaptionEnd(generated.explanation);
  const auto path = WritePicture(options, models, data, generated.name, generated.caption, generated.alt_text,
                                 generated.grid);
  NoteLabels(command, generated.explanation);
  WarnOfFailures(command, models, *data.held_out);
  if (options.json) {
    Json json = {
        {"schema_version", 1}, {"data", data.name}, {"code_size", models.front().model->code_size()}};
    json.update(generated.json);
    json["picture"] = path.string();
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  fmt::print("{}\n{}\n", generated.caption, path.string());
}

}  // namespace

void AddGenerateCommand(const Command& program) {
  auto options = std::make_shared<GenerateFlags>();
  const Command command = program.AddCommand(
      "generate", "Decode class centroids, walks, samples and grids",
      "hourglass generate RUN                       the mean code of each class, decoded\n"
      "hourglass generate RUN --from 1 --to 2 -n 10    ten points from one centroid to another\n"
      "hourglass generate RUN --class 3 -n 16       samples around a class\n"
      "hourglass generate RUN --grid 20             a grid of two-number codes (-z 2)\n"
      "hourglass generate RUN --prior -n 40         samples of a variational autoencoder");
  AddModelOptions(command, *options, /*many=*/false);
  const Flag from = command.Add("--from", options->from, "Start class of the walk");
  const Flag to = command.Add("--to", options->to, "End class of the walk");
  from.Needs(to);
  to.Needs(from);
  const Flag label = command.Add("--class", options->label, "Class to draw samples of");
  const Flag count = command.Add("-n,--count", options->count, "Points of the walk [10], or samples [16, 40]")
                         .Check(WholeNumber(1, 1000));
  const Flag grid = command.Add("--grid", options->grid, "Pictures per side, for two-number codes")
                        .Check(WholeNumber(2, 50));
  const Flag prior =
      command.AddSwitch("--prior", options->prior, "Draw codes from the standard normal distribution");
  const Flag seed =
      command.Add("--seed", options->seed, "Seed of the samples").Check(WholeNumber()).ShowDefault();
  label.Excludes(from).Excludes(grid).Excludes(prior);
  prior.Excludes(from).Excludes(grid);
  grid.Excludes(from).Excludes(count);
  command.Add("-o,--out", options->out, "Picture: NAME.png [in the run, or this folder]");
  command.OnRun([options, command, count, seed] {
    const bool samples = !options->label.empty() || options->prior;
    if (count.given() && options->from.empty() && !samples) {
      throw UsageError({.what = "-n needs --from and --to, --class, or --prior"});
    }
    if (seed.given() && !samples) throw UsageError({.what = "--seed needs --class or --prior"});
    Run(command, *options);
  });
}

}  // namespace hourglass::app
