// hourglass denoise: shows images, their corrupted versions, and the outputs of one or several models.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <numeric>

#include "app/checks.h"
#include "app/commands.h"
#include "app/data_options.h"
#include "app/picture_options.h"
#include "app/table.h"
#include "hourglass/analysis/denoising.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/run_figures.h"

namespace hourglass::app {
namespace {

struct DenoiseFlags : PictureOptions {
  double sigma = 0.2;
  std::string corrupt;
  uint64_t noise_seed = 0;

  Corruption corruption() const {
    return corrupt.empty() ? Corruption{CorruptionKind::kGaussian, sigma} : ParseCorruption(corrupt);
  }
};

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// For one model, an image of each class, at most ten; for several models, three images side by side.
std::vector<int64_t> DefaultImages(const Dataset& images, size_t models) {
  return PickOneOfEach(images, models == 1 ? 10 : 3);
}

Json ToJson(const DenoiseFlags& options, const DataSplits& data, const std::vector<int64_t>& ids,
            const std::vector<TrainedModel>& models, const std::vector<ModelDenoising>& results) {
  Json json = {{"schema_version", 1},
               {"data", data.name},
               {"part", data.held_out_name},
               {"corruption", ToString(options.corruption())}};
  for (size_t m = 0; m < models.size(); ++m) {
    const Denoising& result = results[m].result;
    Json images = Json::array();
    for (size_t i = 0; i < ids.size(); ++i) {
      images.push_back({{"index", ids[i]},
                        {"label", LabelOf(*data.held_out, ids[i])},
                        {"class", ClassOf(*data.held_out, ids[i])},
                        {"corrupted_mse", result.corrupted_mse[i]},
                        {"mse", result.mse[i]}});
    }
    json["models"].push_back({{"model", options.runs[m]},
                              {"code_size", models[m].model->code_size()},
                              {"images", std::move(images)},
                              {"mean_mse", Mean(result.mse)}});
  }
  return json;
}

void Print(const Dataset& images, const std::vector<int64_t>& ids, const std::vector<TrainedModel>& models,
           const std::vector<ModelDenoising>& results) {
  std::vector<std::string> header = {"class", "image", "corrupted MSE"};
  for (const std::string& label : ModelLabels(models))
    header.push_back(label.empty() ? "MSE" : "MSE, " + label);
  const auto text = [](double mse) { return fmt::format("{:.5f}", mse); };
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < ids.size(); ++i) {
    rows.push_back(
        {ShownClassOf(images, ids[i]), fmt::format("{}", ids[i]), text(results[0].result.corrupted_mse[i])});
    for (const ModelDenoising& model : results) rows.back().push_back(text(model.result.mse[i]));
  }
  rows.push_back({"mean", "", text(Mean(results[0].result.corrupted_mse))});
  for (const ModelDenoising& model : results) rows.back().push_back(text(Mean(model.result.mse)));
  PrintTable(header, rows, 1);
}

void Run(const Command& command, const DenoiseFlags& options) {
  const Corruption corruption = options.corruption();
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data = OpenDataOf(models, options.data);
  const Dataset& images = *data.held_out;
  const std::vector<int64_t> ids = PickImages(options, images, DefaultImages(images, models.size()));
  const Tensor pixels = ReadPixels(images, ids);
  const std::vector<std::string> labels = ModelLabels(models);
  std::vector<ModelDenoising> results;
  for (size_t m = 0; m < models.size(); ++m) {
    results.push_back(
        {.label = labels[m],
         .result = DenoiseImages(*models[m].session, pixels, ids, corruption, options.noise_seed)});
  }
  const std::string explanation = ExplainImageLabels(images, ids);
  const auto path = WritePicture(
      options, models, data, figure_name::kDenoising,
      fmt::format("Images {} of the {} data, their corrupted versions ({}) and reconstructions; mean MSE per "
                  "pixel {:.4f}.",
                  fmt::join(ids, ", "), data.held_out_name, Describe(corruption),
                  Mean(results.front().result.mse)) +
          CaptionEnd(explanation),
      fmt::format("Input, corrupted input and output for {} images.", ids.size()),
      DenoisingGrid("Denoising, " + ModelsTitle(models), results, ImageLabels(images, ids)));
  NoteLabels(command, explanation);
  WarnOfFailures(command, models, *data.held_out);
  if (options.json) {
    Json json = ToJson(options, data, ids, models, results);
    json["picture"] = path.string();
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  Print(images, ids, models, results);
  fmt::print("{}\n", path.string());
}

}  // namespace

void AddDenoiseCommand(const Command& program) {
  auto options = std::make_shared<DenoiseFlags>();
  const Command command =
      program.AddCommand("denoise", "Corrupt images and show their reconstructions",
                         "hourglass denoise RUN --sigma 0.5\n"
                         "hourglass denoise RUN --corrupt occlusion:0.2\n"
                         "hourglass denoise RUN --index 3,17,42 -o triples.png\n"
                         "hourglass denoise RUN4 RUN8 RUN16 --digit 7    (a row for each model)");
  AddModelOptions(command, *options, /*many=*/true);
  AddPictureFlags(command, *options);
  const Flag sigma = command.Add("--sigma", options->sigma, "Standard deviation of gaussian noise")
                         .Check(Number(0.0, 10.0))
                         .ShowDefault();
  command.Add("--corrupt", options->corrupt, "Instead of --sigma: KIND:AMOUNT, such as occlusion:0.2")
      .Excludes(sigma);
  command.Add("--corrupt-seed", options->noise_seed, "Seed of the corruption")
      .Check(WholeNumber())
      .ShowDefault();
  command.OnRun([command, options] { Run(command, *options); });
}

}  // namespace hourglass::app
