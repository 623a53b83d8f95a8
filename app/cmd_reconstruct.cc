// hourglass reconstruct: shows images beside their reconstructions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/data_options.h"
#include "app/picture_options.h"
#include "app/table.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/analysis/reconstruction.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/text.h"
#include "hourglass/data/pictures/picture_list.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/run_figures.h"

namespace hourglass::app {
namespace {

struct ReconstructFlags : PictureOptions {
  std::vector<std::string> pictures;
};

// Says how well each image is reconstructed; those of files by their names too.
void PrintErrors(const Dataset& images, std::span<const int64_t> ids, std::span<const double> mse,
                 double mean) {
  const bool files = !ids.empty() && !images.image_name(ids[0]).empty();
  std::vector<std::string> header = {"class", "image", "MSE"},
                           last = {"mean", "", fmt::format("{:.5f}", mean)};
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < ids.size(); ++i) {
    rows.push_back({ShownClassOf(images, ids[i]), fmt::format("{}", ids[i]), fmt::format("{:.5f}", mse[i])});
    if (files) rows.back().insert(rows.back().begin(), Visible(images.image_name(ids[i])));
  }
  if (files) {
    header.insert(header.begin(), "file");
    last.insert(last.begin(), "");
  }
  rows.push_back(last);
  PrintTable(header, rows, files ? 2 : 1);
}

// The pictures that were named, as held-out images.
DataSplits NamedPictures(const TrainedModel& model, const ReconstructFlags& options) {
  const std::vector<std::string>& files = options.pictures;
  const PictureForm form = FormOfPictures(model);
  PictureList list = ReadPictureList({files.begin(), files.end()}, form, options.data.skip_bad);
  return {.name = files.front(),
          .location = files.front(),
          .held_out_name = "given",
          .train = list.images,
          .held_out = list.images,
          .note = NoteOf(list.report, form, form),
          .checksum = {}};
}

std::vector<int64_t> All(const Dataset& images) {
  std::vector<int64_t> ids(static_cast<size_t>(images.size()));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  return ids;
}

void Reconstruct(const Command& command, const ReconstructFlags& given) {
  const auto backend = MakeBackend();
  PictureOptions options = given;
  const bool named = !given.pictures.empty();
  if (named) {
    RefuseFlags(command, {"--data", "--data-dir", "--index", "--digit"}, "the pictures are named");
    options.data.name = given.pictures.front();  // not the run's own
  }
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const DataSplits data =
      named ? NamedPictures(models.front(), given) : OpenDataOf(models.front(), options.data);
  PrintNote(command, data);
  const Dataset& images = *data.held_out;
  const std::vector<int64_t> ids = named ? All(images) : PickImages(options, images, PickOneOfEach(images));
  const Reconstruction result = ReconstructImages(*models.front().session, ReadPixels(images, ids));
  const double mean =
      std::accumulate(result.mse.begin(), result.mse.end(), 0.0) / static_cast<double>(ids.size());

  const PictureGrid grid =
      ReconstructionGrid("Reconstruction, " + ModelsTitle(models), result, ImageLabels(images, ids));
  const std::string explanation = ExplainImageLabels(images, ids);
  const auto path = WritePicture(
      options, models, data, figure_name::kReconstruction,
      fmt::format("Images {} of the {} data and their reconstructions; mean MSE per pixel {:.4f}.",
                  fmt::join(ids, ", "), data.held_out_name, mean) +
          CaptionEnd(explanation),
      fmt::format("Pairs of input and output for {} images.", ids.size()), grid);

  NoteLabels(command, explanation);
  if (!named) WarnOfFailures(command, models, *data.held_out);
  if (options.json) {
    Json json = {
        {"schema_version", 1}, {"data", data.name}, {"part", data.held_out_name}, {"images", Json::array()}};
    for (size_t i = 0; i < ids.size(); ++i) {
      json["images"].push_back({{"index", ids[i]},
                                {"name", NameOfImage(images, ids[i])},
                                {"label", LabelOf(images, ids[i])},
                                {"class", ClassOf(images, ids[i])},
                                {"mse", result.mse[i]}});
    }
    json["mean_mse"] = mean;
    json["picture"] = path.string();
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  PrintErrors(images, ids, result.mse, mean);
  fmt::print("{}\n", path.string());
}

}  // namespace

void AddReconstructCommand(const Command& program) {
  auto options = std::make_shared<ReconstructFlags>();
  const Command command =
      program.AddCommand("reconstruct", "Show images beside their reconstructions",
                         "hourglass reconstruct runs/20250131T120000Z-mlp4-z8\n"
                         "hourglass reconstruct model.safetensors --index 3,17,42 -o pairs.png\n"
                         "hourglass reconstruct RUN --digit 7,0 --pick-seed 3\n"
                         "hourglass reconstruct RUN mine.png other.jpg          pictures of your own");
  AddModelOptions(command, *options, /*many=*/false);
  command.Add("pictures", options->pictures, "Pictures of your own: PNG, JPEG, WebP …").Values(0, 100);
  AddPictureFlags(command, *options);
  command.OnRun([command, options] { Reconstruct(command, *options); });
}

}  // namespace hourglass::app
