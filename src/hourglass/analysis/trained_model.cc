#include "hourglass/analysis/trained_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/text.h"
#include "hourglass/data/open_data.h"
#include "hourglass/model/model_file.h"
#include "hourglass/train/config.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// The best file of a run that may be used as a model.
fs::path ModelFileOf(const fs::path& folder, const RunDirectory& run) {
  for (const fs::path& file : {run.model(), run.best_checkpoint(), run.last_checkpoint()}) {
    if (fs::is_regular_file(file)) return file;
  }
  throw DataError({.what = fmt::format("{} holds no trained model", folder.string()),
                   .expected = "model.safetensors, checkpoints/best or checkpoints/last",
                   .hint = "name a run directory after its first epoch, or a model file"});
}

// Rejects a run's settings, log or report given in place of the run.
void CheckNoOtherFileOfARun(const fs::path& path) {
  const fs::path folder = fs::weakly_canonical(path).parent_path();
  constexpr std::string_view kTexts[] = {".toml", ".json", ".jsonl", ".html"};
  const bool text = std::ranges::find(kTexts, path.extension().string()) != std::end(kTexts);
  if (!text || !fs::is_regular_file(path) || !fs::exists(folder / "run.json")) return;
  throw DataError({.what = fmt::format("{} is not a model file; it belongs to a run", path.string()),
                   .expected = "a run directory, a model file or a checkpoint",
                   .hint = "name the run: " + ShellQuoted(folder.string())});
}

// "runs/x/model.safetensors" and "runs/x" are both "x"; "y.safetensors" is "y".
std::string ShortName(const fs::path& path) {
  const fs::path whole = fs::weakly_canonical(path);
  if (whole.filename() == "model.safetensors") return whole.parent_path().filename().string();
  return fs::is_directory(whole) ? whole.filename().string() : whole.stem().string();
}

// The training configuration stored in the model file; empty if there is none.
Json TrainingConfig(const TrainedModel& model) {
  return model.training.is_object() ? model.training.value("config", Json::object()) : Json::object();
}

template <class T>
T ConfigValue(const TrainedModel& model, const char* key, T otherwise) {
  const Json config = TrainingConfig(model);
  try {
    return config.value(key, std::move(otherwise));
  } catch (const Json::exception& error) {
    throw DataError(
        {.what = fmt::format("{}: bad \"{}\" in its training configuration", model.file.string(), key),
         .got = ReasonOf(error)});
  }
}

bool HasHeldOutOfItsOwn(const DataOptions& options) {
  return options.val_share > 0 || !options.val.empty() || !options.test.empty();
}

const Json::json_pointer kChecksum("/data/checksum");

void CheckSameData(const TrainedModel& model, const DataSplits& data) {
  if (!model.training.contains(kChecksum) || TrainedOn(model, data)) return;
  throw DataError(
      {.what = fmt::format("\"{}\" does not have the images that {} was trained on", data.name, model.name),
       .expected = fmt::format("checksum {}", model.training.at(kChecksum).dump()),
       .got = fmt::format("{} from {}", data.checksum, data.location),
       .hint = "to use these images anyway, name them",
       .setting = fmt::format("data = {}", data.name)});
}

// The data as they are split and ordered by themselves.
DataSplits OpenOtherData(DataOptions options, AxisOrder axes) {
  options.axes = axes;
  options.val = options.test = "";
  options.val_share = 0;
  options.split_seed = 0;
  return OpenData(options);
}

// Data that the user names. If they are those of the training, with its order of axes and with what it held
// out, they are the same in another place; else they are other data.
DataSplits OpenNamedData(const TrainedModel& model, const DataOptions& options, AxisOrder axes) {
  if (!HasHeldOutOfItsOwn(options)) {
    DataSplits data = OpenData(options);
    return options.axes == axes || TrainedOn(model, data) ? data : OpenOtherData(options, axes);
  }
  std::string why = "they are other images";
  try {
    DataSplits data = OpenData(options);
    if (TrainedOn(model, data)) return data;
  } catch (const Error& error) {
    why = error.text().what;  // the held-out images do not go with other data, or are gone
  }
  DataSplits data = OpenOtherData(options, axes);
  data.note += fmt::format("{}{} is split by itself, not as in the training of {}: {}",
                           data.note.empty() ? "" : "; ", data.name, model.name, why);
  return data;
}

}  // namespace

TrainedModel OpenTrainedModel(const fs::path& path, Backend& backend) {
  TrainedModel trained;
  trained.file = path;
  if (!fs::exists(path)) {
    throw DataError({.what = fmt::format("{} does not exist", path.string()),
                     .expected = "a run directory, a model file or a checkpoint"});
  }
  CheckNoOtherFileOfARun(path);
  if (fs::is_directory(path)) {
    trained.run = RunDirectory::Open(path);
    trained.file = ModelFileOf(path, *trained.run);
  }
  LoadedModel loaded = LoadModel(trained.file);
  trained.model = std::move(loaded.model);
  trained.session = std::make_unique<Session>(*trained.model, backend);
  trained.training = std::move(loaded.training);
  trained.name = ShortName(path);
  return trained;
}

uint64_t TrainingSeed(const TrainedModel& model) {
  return ConfigValue<uint64_t>(model, "seed", 0);
}

std::string TrainingLoss(const TrainedModel& model) {
  return ConfigValue(model, "loss", TrainConfig().loss);
}

double TrainingPixelVariance(const TrainedModel& model) {
  return ConfigValue(model, "pixel_variance", TrainConfig().pixel_variance);
}

WeightDecay TrainingDecay(const TrainedModel& model) {
  const auto optimizer = ConfigValue<std::string>(model, "optimizer", "");
  if (optimizer.empty()) return {};
  return {.optimizer = optimizer, .amount = ConfigValue<double>(model, "weight_decay", 0)};
}

bool TrainedOn(const TrainedModel& model, const DataSplits& data) {
  return model.training.contains(kChecksum) && model.training.at(kChecksum) == data.checksum;
}

PictureForm FormOfPictures(const TrainedModel& model) {
  const TrainConfig defaults;
  const Shape& shape = model.model->image_shape();
  return {.size = PictureSize{shape[1], shape[2]},
          .fit = ParseFit(ConfigValue(model, "fit", defaults.fit)),
          .channels = shape[0] == 1 ? ColourChannels::kGrey : ColourChannels::kRgb,
          .background = ParseBackground(ConfigValue(model, "background", defaults.background))};
}

DataSplits OpenDataOf(std::span<const TrainedModel> models, const DataSource& source) {
  const std::string& name = source.name;
  RequireAtLeast("number of models", std::ssize(models), 1);
  const TrainedModel& model = models.front();
  DataOptions options{.name = name,
                      .data_dir = source.data_dir,
                      .axes = source.axes,
                      .range = source.range,
                      .label_column = source.label_column,
                      .val_share = ConfigValue<double>(model, "val_share", 0),
                      .moved = name.empty() && !source.data_dir.empty(),
                      .split_seed = ConfigValue<uint64_t>(model, "split_seed", 0),
                      .form = FormOfPictures(model),
                      .only_pictures = ConfigValue<std::string>(model, "size", "").empty(),
                      .skip_bad = source.skip_bad || ConfigValue(model, "skip_bad", false)};
  options.val = ConfigValue<std::string>(model, "val", "");
  options.test = ConfigValue<std::string>(model, "test", "");
  if (!options.range) options.range = ParsePixelRange(ConfigValue<std::string>(model, "range", "auto"));
  if (options.label_column.empty())
    options.label_column = ConfigValue<std::string>(model, "label_column", "auto");
  if (options.axes == AxisOrder::kAuto)
    options.axes = ParseAxisOrder(ConfigValue<std::string>(model, "axes", "auto"));
  if (name.empty()) options.name = ConfigValue<std::string>(model, "data", "");
  if (source.data_dir.empty()) options.data_dir = ConfigValue<std::string>(model, "data_dir", "");
  if (options.name.empty()) {
    throw UsageError({.what = fmt::format("{} does not say what it was trained on", model.file.string()),
                      .hint = "name the data",
                      .setting = "data"});
  }
  DataSplits data = name.empty() ? OpenData(options) : OpenNamedData(model, options, source.axes);
  for (const TrainedModel& each : models) {
    if (name.empty()) CheckSameData(each, data);
  }
  CheckImageShape(model.model->image_shape(), *data.held_out);
  return data;
}

DataSplits OpenDataOf(const TrainedModel& model, const DataSource& source) {
  return OpenDataOf({&model, 1}, source);
}

}  // namespace hourglass
