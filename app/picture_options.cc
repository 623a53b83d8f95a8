#include "app/picture_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "app/checks.h"
#include "app/data_options.h"
#include "app/messages.h"
#include "hourglass/analysis/diagnosis.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/run_figures.h"
#include "hourglass/report/run_report.h"

namespace hourglass::app {
namespace {

// The figure at a path outside a run: `output` without its extension, which must be .png.
Figure FigureAt(const std::filesystem::path& output) {
  CheckIsPng(output);
  const std::string name = output.stem().string();
  std::error_code error;
  const bool folder_there = std::filesystem::is_directory(output, error);
  const bool control = std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (name.empty() || name[0] == '.' || control || folder_there) {
    throw UsageError({.what = fmt::format("a picture cannot be written to '{}'", output.string()),
                      .expected = "--out NAME.png, a one-line file name that does not start with a dot"});
  }
  const std::filesystem::path folder = output.parent_path();
  return {.folder = folder.empty() ? "." : folder, .name = name, .caption = {}, .alt_text = {}};
}

}  // namespace

void CheckIsPng(const std::filesystem::path& picture) {
  const std::string ending = InLowerCase(picture.extension().string());
  if (ending.empty() || ending == ".png") return;
  throw UsageError({.what = "pictures are written as .png", .expected = "NAME.png", .got = picture.string()});
}

void AddModelOptions(const Command& command, PictureOptions& options, bool many) {
  const Flag runs = command.Add("run", options.runs, "A run directory, model file or checkpoint").Required();
  runs.Values(1, many ? 16 : 1);
  const SourceFlags source = AddSource(command, options.data, "Data other than the training data");
  for (const Flag& flag : source.reading) flag.Needs(source.data);
  AddSkipBad(command, options.data.skip_bad);
  command.AddSwitch("--json", options.json, "Print JSON");
}

void AddPictureFlags(const Command& command, PictureOptions& options) {
  const Flag index = command.Add("--index", options.indices, "Held-out images by index: 3,17,42")
                         .SplitAt(',')
                         .Check(WholeNumber());
  const Flag digit =
      command.Add("--digit", options.classes, "Held-out images by class: 7,0 or cat,dog").SplitAt(',');
  index.Excludes(digit);
  command.Add("--pick-seed", options.pick_seed, "Seed to pick the images of --digit")
      .Needs(digit)
      .Check(WholeNumber());
  command.Add("-o,--out", options.out, "Picture: NAME.png [in the run, or this folder]");
}

const RunDirectory* OwnRun(const PictureOptions& options, std::span<const TrainedModel> models,
                           const DataSplits& data) {
  const bool own = options.out.empty() && models.size() == 1 && models.front().run.has_value() &&
                   (options.data.name.empty() || TrainedOn(models.front(), data));
  if (!own) return nullptr;
  const RunDirectory& run = *models.front().run;
  if (::access(run.path().c_str(), W_OK | X_OK) != 0) {
    throw ErrnoError(fmt::format("cannot write into the run {}", run.path().string()),
                     "write the results elsewhere with --out");
  }
  return &run;
}

std::vector<TrainedModel> OpenModels(const PictureOptions& options, Backend& backend) {
  std::vector<TrainedModel> models;
  for (const std::string& run : options.runs) {
    models.push_back(OpenTrainedModel(run, backend));
    const Shape& first = models.front().model->image_shape();
    if (models.back().model->image_shape() == first) continue;
    throw UsageError(
        {.what = fmt::format("{} and {} take images of different shapes", options.runs.front(), run),
         .expected = "images " + first.ToString(),
         .got = "images " + models.back().model->image_shape().ToString()});
  }
  return models;
}

void WarnOfFailures(const Command& command, std::span<const TrainedModel> models, const Dataset& images) {
  if (command.verbosity() == Verbosity::kQuiet) return;
  for (const TrainedModel& model : models) {
    const std::optional<Finding> failure = FindFailure(model, images);
    if (!failure) continue;
    PrintMessage(
        fmt::format("warning: {} ({}): {} {}\n", model.name, failure->name, failure->what, failure->advice));
  }
}

std::vector<int64_t> PickImages(const PictureOptions& options, const Dataset& data,
                                const std::vector<int64_t>& otherwise) {
  if (!options.indices.empty()) return PickByIndex(data, options.indices);
  if (options.classes.empty()) return otherwise;
  std::vector<int64_t> labels;
  for (const std::string& name : options.classes) labels.push_back(LabelNamed(data, name));
  return PickByDigit(data, labels, options.pick_seed);
}

std::vector<std::string> ModelLabels(const std::vector<TrainedModel>& models) {
  if (models.size() == 1) return {""};
  std::set<int64_t> sizes;
  for (const TrainedModel& model : models) sizes.insert(model.model->code_size());
  std::vector<std::string> labels;
  for (const TrainedModel& model : models) {
    const bool by_size = sizes.size() == models.size();
    labels.push_back(by_size ? fmt::format("d = {}", model.model->code_size()) : model.name);
  }
  return labels;
}

std::string ModelsTitle(const std::vector<TrainedModel>& models) {
  if (models.size() == 1) return ModelTitle(*models.front().model);
  std::set<std::string> names;
  for (const TrainedModel& model : models) names.insert(model.model->architecture().name);
  return names.size() == 1 ? *names.begin() : fmt::format("{} models", models.size());
}

std::filesystem::path WritePicture(const PictureOptions& options, const std::vector<TrainedModel>& models,
                                   const DataSplits& data, const std::string& name,
                                   const std::string& caption, const std::string& alt_text,
                                   const PictureGrid& grid) {
  const RunDirectory* run = OwnRun(options, models, data);
  Figure figure = run != nullptr
                      ? Figure{.folder = run->figures(), .name = name, .caption = {}, .alt_text = {}}
                      : FigureAt(options.out.empty() ? name : options.out);
  figure.caption = caption;
  figure.alt_text = alt_text;
  if (models.size() == 1) figure.model = models.front().model->checksum();
  WritePictureGrid(figure, grid);
  if (run != nullptr && HasRunReport(*run)) RefreshRunReport(*run);
  return figure.png();
}

Json LabelOf(const Dataset& data, int64_t id) {
  if (data.labels().empty()) return nullptr;
  return data.labels()[static_cast<size_t>(id)];
}

Json ClassOf(const Dataset& data, int64_t id) {
  if (data.labels().empty() || data.class_names().empty()) return nullptr;
  return AsUtf8(ClassName(data, data.labels()[static_cast<size_t>(id)]));
}

std::string ShownClassOf(const Dataset& data, int64_t id) {
  return data.labels().empty() ? "-" : ShownClassName(data, data.labels()[static_cast<size_t>(id)]);
}

Json NameOfImage(const Dataset& data, int64_t id) {
  const std::string name = data.image_name(id);
  return name.empty() ? Json() : Json(AsUtf8(name));
}

}  // namespace hourglass::app
