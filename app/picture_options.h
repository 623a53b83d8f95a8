// What the commands that look at trained models share: which model, which data, which images, where pictures
// go.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/trained_model.h"
#include "hourglass/report/figure.h"
#include "hourglass/report/picture_grid.h"

namespace hourglass::app {

struct PictureOptions {
  std::vector<std::string> runs;
  std::string data, data_dir;
  std::vector<int64_t> indices, digits;
  std::optional<uint64_t> pick_seed;
  std::string out;
  bool json = false;
};

// RUN (several when `many`), --data, --data-dir, --json.
void AddModelOptions(CLI::App& command, PictureOptions& options, bool many);
// --index, --digit, --pick-seed, -o.
void AddPictureFlags(CLI::App& command, PictureOptions& options);

// The run that an answer belongs into: the only one that was named, if it is asked about its own data and
// `out` is not given. Else null: answers of several runs, or about other images, would stand in its report as
// its own. Throws a system Error when the run cannot be written to: better now than after the work.
const RunDirectory* OwnRun(const PictureOptions& options, std::span<const TrainedModel> models,
                           const DataSplits& data);

// Opens all that were named. Throws a usage Error when they take images of different shapes.
std::vector<TrainedModel> OpenModels(const PictureOptions& options, Backend& backend);
// Unless -q silences `command`, warns on stderr of each useless model, judged by `images`, with the likely
// cause.
void WarnOfFailures(const CLI::App& command, std::span<const TrainedModel> models, const Dataset& images);
// The held-out images that were asked for, or `otherwise` when none were.
std::vector<int64_t> PickImages(const PictureOptions& options, const Dataset& data,
                                const std::vector<int64_t>& otherwise);

// What tells the models apart in a picture: "d = 4" when their codes differ in size, else their names; "" for
// one.
std::vector<std::string> ModelLabels(const std::vector<TrainedModel>& models);
// "mlp4, d = 8", or the names of what several models share.
std::string ModelsTitle(const std::vector<TrainedModel>& models);

// Throws a usage Error if a picture's name does not end in .png.
void CheckIsPng(const std::filesystem::path& picture);

// Draws `grid` as figure `name`: at --out, else in the run's figures (then its report is written anew),
// else in the working folder. Returns the path of the PNG.
std::filesystem::path WritePicture(const PictureOptions& options, const std::vector<TrainedModel>& models,
                                   const DataSplits& data, const std::string& name,
                                   const std::string& caption, const std::string& alt_text,
                                   const PictureGrid& grid);

// The class of image `id`, or null.
Json LabelOf(const Dataset& data, int64_t id);

}  // namespace hourglass::app
