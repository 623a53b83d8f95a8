// Opens a trained model from a run directory, a model file or a checkpoint.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "hourglass/core/json.h"
#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

struct TrainedModel {
  std::unique_ptr<Model> model;
  std::unique_ptr<Session> session;  // for `model`, on the backend given to OpenTrainedModel
  Json training;                     // training data of the model file: data, epochs, losses, …
  std::filesystem::path file;        // the file that the parameters were read from
  std::optional<RunDirectory> run;   // set if the path is a run directory
  std::string name;                  // short, for labels: the folder's name or the file's stem
};

// In a run directory, opens model.safetensors, else checkpoints/best, else checkpoints/last. Throws a data
// Error if `path` does not exist or contains none of these (naming them), and the Errors of LoadModel.
TrainedModel OpenTrainedModel(const std::filesystem::path& path, Backend& backend);

// The training seed; 0 if the file has none. Noise drawn with it matches the measurements made during
// training.
uint64_t TrainingSeed(const TrainedModel& model);

// The loss that `model` was trained with, "mse", and the variance of its pixels; defaults if the file has
// none.
std::string TrainingLoss(const TrainedModel& model);
double TrainingPixelVariance(const TrainedModel& model);

// The weight decay of a training, and the optimizer, which determines how it acts.
struct WeightDecay {
  std::string optimizer = {};
  double amount = 0;
};
// The weight decay used to train `model`; none if the file does not say.
WeightDecay TrainingDecay(const TrainedModel& model);

// The form into which pictures are brought for `model`: that of the images that it was trained on.
PictureForm FormOfPictures(const TrainedModel& model);

// True if `model` was trained on `data` with the same split. Compares checksums, not locations.
bool TrainedOn(const TrainedModel& model, const DataSplits& data);

// Data for a trained model: empty parts are those of its training.
struct DataSource {
  std::string name = {};                // the same data in another place, or other data
  std::filesystem::path data_dir = {};  // searched first
  bool skip_bad = false;                // go on without pictures that cannot be read
  // As in DataOptions, only with a name.
  AxisOrder axes = AxisOrder::kAuto;     // guessed for other data
  std::optional<PixelRange> range = {};  // none: as in the training
  std::string label_column = {};         // empty: as in the training
};

// Opens the data that `model` was trained on, with the same split, unless `source` names others. These may be
// the same data in another place, recognized by their checksum, or have their own test images. Pictures are
// brought into the form of the training images; images of other kinds only if the training did so. Numbers
// are read in the range that the training was told. Throws the Errors of OpenData, a data Error if data of
// the same name has another checksum, and a usage Error if the images do not have the model's input shape or
// the training data is unknown.
DataSplits OpenDataOf(const TrainedModel& model, const DataSource& source = {});

// The same for several models: opens the data of the first. Throws a usage Error if there are no models.
// Unless the source has a name, also throws the checksum Error if another model was trained on different
// images, because its training images may be among the held-out images of the first.
DataSplits OpenDataOf(std::span<const TrainedModel> models, const DataSource& source = {});

}  // namespace hourglass
