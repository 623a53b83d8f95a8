// Opens what a user names as a trained model: a run directory, a model file or a checkpoint.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

struct TrainedModel {
  std::unique_ptr<Model> model;
  std::unique_ptr<Session> session;  // of `model`, on the backend that it was opened with
  Json training;                     // what the model file keeps of its training: data, epochs, losses, …
  std::filesystem::path file;        // the file that the parameters were read from
  std::optional<RunDirectory> run;   // when a run directory was named
  std::string name;                  // short, for labels: the folder's name or the file's stem
};

// Of a run directory it takes model.safetensors, else checkpoints/best, else checkpoints/last. Throws a data
// Error when `path` does not exist or holds none of these (naming what was looked for), and those of
// LoadModel.
TrainedModel OpenTrainedModel(const std::filesystem::path& path, Backend& backend);

// The seed of the training; 0 when the file does not say. With it noise is that of the training's own
// measurements.
uint64_t TrainingSeed(const TrainedModel& model);

// The weight decay of a training, and the optimizer that settles how it acts.
struct WeightDecay {
  std::string optimizer = {};
  double amount = 0;
};
// That of the training of `model`; none when the file does not say.
WeightDecay TrainingDecay(const TrainedModel& model);

// Whether `data`, split as it is, is what `model` was trained on: its checksum decides, wherever it lies.
bool TrainedOn(const TrainedModel& model, const DataSplits& data);

// The data that `model` was trained on, split as it was; `data_dir` (searched first) overrides where it lies,
// `name` what it is, when they are not empty. `name` may be the same data at another place, known by its
// checksum, or other data, with its own test images. Throws those of OpenData, a data Error when data of that
// name has another checksum, and a usage Error when the images have another shape than the model takes or
// when nothing says what the model was trained on.
DataSplits OpenDataOf(const TrainedModel& model, const std::filesystem::path& data_dir,
                      const std::string& name);

// The same of several models: the data of the first. One that was trained on other images is refused as data
// of another checksum is, unless `name` is given: what one model held out another may have been trained on.
DataSplits OpenDataOf(std::span<const TrainedModel> models, const std::filesystem::path& data_dir,
                      const std::string& name);

}  // namespace hourglass
