// hourglass interpolate: decodes the straight line between the codes of two images.
#include <fmt/format.h>

#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/picture_options.h"
#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/run_figures.h"

namespace hourglass::app {
namespace {

struct InterpolateFlags : PictureOptions {
  int64_t steps = 8;
  bool spherical = false;
};

// MSE of the model's reconstructions of the two ends.
std::vector<double> EndErrors(const Interpolation& result) {
  const int64_t last = result.decoded.rows() - 1;
  const int64_t ends[] = {0, last};
  return MsePerImage(result.inputs, GatherRows(result.decoded, ends));
}

// The first pair of the report, or the only image twice.
std::vector<int64_t> DefaultPair(const Dataset& images) {
  const std::vector<ImagePair> pairs = PickPairs(images);
  const ImagePair pair = pairs.empty() ? ImagePair{} : pairs.front();
  return {pair.from, pair.to};
}

void Run(const Command& command, const InterpolateFlags& options) {
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data = OpenDataOf(models, options.data);
  const Dataset& images = *data.held_out;
  const std::vector<int64_t> ids = PickImages(options, images, DefaultPair(images));
  if (ids.size() != 2) {
    throw UsageError({.what = "an interpolation needs two images",
                      .expected = "--index A,B or --digit A,B",
                      .got = Counted(std::ssize(ids), "image", "images")});
  }
  const Tensor pair = ReadPixels(images, ids);
  const std::vector<std::string> labels = ModelLabels(models);
  std::vector<ModelInterpolation> results;
  for (size_t m = 0; m < models.size(); ++m) {
    results.push_back({.label = labels[m],
                       .result = Interpolate(*models[m].session, pair, options.steps + 1,
                                             options.spherical ? CodePath::kArc : CodePath::kStraight)});
  }
  const std::string explanation = ExplainImageLabels(images, ids);
  const auto path = WritePicture(
      options, models, data, figure_name::kInterpolation,
      fmt::format("From image {} to image {} of the {} data along the {} between "
                  "their codes: the two images at the ends, decoded codes in between. {}",
                  ids[0], ids[1], data.held_out_name, options.spherical ? "arc" : "straight line",
                  kMixedPixels) +
          CaptionEnd(explanation),
      fmt::format("Rows of {} pictures that turn image {} into image {}: decoded ones, and mixed pixels.",
                  options.steps + 2, ids[0], ids[1]),
      InterpolationGrid("Interpolation, " + ModelsTitle(models), results,
                        {.ends = ImageLabels(images, ids)}));
  NoteLabels(command, explanation);
  WarnOfFailures(command, models, *data.held_out);
  if (options.json) {
    Json json = {{"schema_version", 1},
                 {"data", data.name},
                 {"part", data.held_out_name},
                 {"images", ids},
                 {"labels", {LabelOf(images, ids[0]), LabelOf(images, ids[1])}},
                 {"steps", options.steps},
                 {"path", options.spherical ? "arc" : "straight"}};
    for (size_t m = 0; m < models.size(); ++m) {
      json["models"].push_back({{"model", options.runs[m]}, {"end_mse", EndErrors(results[m].result)}});
    }
    json["picture"] = path.string();
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  for (size_t m = 0; m < models.size(); ++m) {
    const std::vector<double> mse = EndErrors(results[m].result);
    fmt::print("{}image {} reconstructed with MSE {:.5f}, image {} with {:.5f}; {} in between\n",
               labels[m].empty() ? "" : labels[m] + ": ", ids[0], mse[0], ids[1], mse[1],
               Counted(options.steps, "step", "steps"));
  }
  fmt::print("{}\n", path.string());
}

}  // namespace

void AddInterpolateCommand(const Command& program) {
  auto options = std::make_shared<InterpolateFlags>();
  const Command command = program.AddCommand(
      "interpolate", "Decode the line between two images' codes",
      "hourglass interpolate RUN\n"
      "hourglass interpolate RUN --digit 7,0 --steps 8\n"
      "hourglass interpolate RUN4 RUN8 RUN16 --index 3,17 -o strips.png    (a row for each model)");
  AddModelOptions(command, *options, /*many=*/true);
  AddPictureFlags(command, *options);
  command.Add("--steps", options->steps, "Pictures between the two images")
      .Check(WholeNumber(0, 100))
      .ShowDefault();
  command.AddSwitch("--spherical", options->spherical, "Along the arc between the codes' directions");
  command.OnRun([command, options] { Run(command, *options); });
}

}  // namespace hourglass::app
