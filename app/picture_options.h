// Shared by the commands for trained models: options of models, data, images and pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "hourglass/analysis/trained_model.h"
#include "hourglass/report/figure.h"
#include "hourglass/report/picture_grid.h"

namespace hourglass::app {

struct PictureOptions {
  std::vector<std::string> runs;
  DataSource data;
  std::vector<int64_t> indices;
  std::vector<std::string> classes;  // names or numbers
  std::optional<uint64_t> pick_seed;
  std::string out;
  bool json = false;
};

// RUN (several when `many`), --data, how it is read, and --json.
void AddModelOptions(const Command& command, PictureOptions& options, bool many);
// --index, --digit, --pick-seed, -o.
void AddPictureFlags(const Command& command, PictureOptions& options);

// The run that stores the results: the only run named, if used on its own data and without `out`. Otherwise
// null, because a report must not show results of other runs or images as its own. Throws a system Error,
// before any work, if the run is not writable.
const RunDirectory* OwnRun(const PictureOptions& options, std::span<const TrainedModel> models,
                           const DataSplits& data);

// Opens all named models. Throws a usage Error if they take images of different shapes.
std::vector<TrainedModel> OpenModels(const PictureOptions& options, Backend& backend);
// Tests each model on `images`. Prints a warning with the likely cause to stderr for each useless model,
// unless -q silences `command`.
void WarnOfFailures(const Command& command, std::span<const TrainedModel> models, const Dataset& images);
// Indices of the requested held-out images, or `otherwise` if none are requested.
std::vector<int64_t> PickImages(const PictureOptions& options, const Dataset& data,
                                const std::vector<int64_t>& otherwise);

// Labels of the models in a picture: "d = 4" if all code sizes differ, else names; "" for a single model.
std::vector<std::string> ModelLabels(const std::vector<TrainedModel>& models);
// Title of a picture: "mlp4, d = 8"; for several models, their common architecture or "3 models".
std::string ModelsTitle(const std::vector<TrainedModel>& models);

// Throws a usage Error if a picture's name does not end in .png.
void CheckIsPng(const std::filesystem::path& picture);

// Draws `grid` as figure `name`: at --out, else in the run's figures (then its report is rewritten), else in
// the working folder. Returns the path of the PNG.
std::filesystem::path WritePicture(const PictureOptions& options, const std::vector<TrainedModel>& models,
                                   const DataSplits& data, const std::string& name,
                                   const std::string& caption, const std::string& alt_text,
                                   const PictureGrid& grid);

// The class of image `id`, by its number, and by its name if classes have names; or null.
Json LabelOf(const Dataset& data, int64_t id);
Json ClassOf(const Dataset& data, int64_t id);
// The same for tables; "-" without labels.
std::string ShownClassOf(const Dataset& data, int64_t id);
// The file of image `id`, or null.
Json NameOfImage(const Dataset& data, int64_t id);

}  // namespace hourglass::app
