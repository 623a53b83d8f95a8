// A checkpoint is a model file with all that going on exactly needs besides the model: optimizer, schedule,
// log. One file, replaced by renaming, so whoever kills the program finds a whole one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/model/model.h"
#include "hourglass/model/safetensors.h"
#include "hourglass/optim/optimizer.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// What a run is at the end of an epoch, without its tensors.
struct Progress {
  std::vector<EpochMetrics> epochs;  // one for each epoch so far
  int64_t best_epoch = 0;            // the epoch of the lowest held-out loss; 0: none yet
  int64_t optimizer_steps = 0;
  Json schedule;          // of ReduceLROnPlateau::State()
  Json config;            // as the run was started: ToJson(TrainConfig)
  std::string checksum;   // of the data
  std::string precision;  // "f32" or "bf16": what `auto` came to
  int64_t threads = 0;    // that were used
  std::string processor;

  int64_t epochs_done() const { return static_cast<int64_t>(epochs.size()); }
};

// The checkpoint as a file in memory; its tensors are views of `model` and `optimizer`. `training` is what
// model.safetensors says about the training.
SafetensorsFile ToCheckpoint(const Model& model, Optimizer& optimizer, const Progress& progress,
                             const Json& training);

// The progress that the checkpoint `file` holds. Throws a data Error naming `where` when it is none.
Progress ReadProgress(const SafetensorsFile& file, std::string_view where);

// Copies parameters and optimizer state out of `file`. Throws a data Error naming `where` when one is missing
// or has another size.
void RestoreCheckpoint(const SafetensorsFile& file, std::string_view where, const Progress& progress,
                       Model& model, Optimizer& optimizer);

}  // namespace hourglass
