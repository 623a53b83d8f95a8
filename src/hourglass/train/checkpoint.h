// A checkpoint is a model file plus everything needed for an exact resume: optimizer, schedule, log. It is a
// single file, replaced by renaming, so it is always complete, even if the program is killed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/core/safetensors.h"
#include "hourglass/model/model.h"
#include "hourglass/optim/optimizer.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// The state of a run at the end of an epoch, without its tensors.
struct RunProgress {
  std::vector<EpochMetrics> epochs;  // one per epoch so far
  int64_t best_epoch = 0;            // epoch with the lowest held-out loss; 0: none yet
  int64_t optimizer_steps = 0;
  Json schedule;          // as returned by ReduceLROnPlateau::State()
  Json config;            // at the start of the run: ToJson(TrainConfig)
  std::string checksum;   // of the data
  std::string precision;  // "f32", "tf32" or "bf16": what `auto` resolved to
  int64_t threads = 0;    // number of threads used
  std::string device;     // "cpu" or "cuda:0": what `auto` resolved to
  std::string processor;  // its name

  int64_t epochs_done() const { return static_cast<int64_t>(epochs.size()); }
};

// The checkpoint as a file in memory; its tensors are views of `model` and `optimizer`. `training` is the
// description of the training in model.safetensors.
SafetensorsFile ToCheckpoint(const Model& model, Optimizer& optimizer, const RunProgress& progress,
                             const Json& training);

// The progress stored in the checkpoint `file`. Throws a data Error naming `where` if it is not a checkpoint.
RunProgress ReadProgress(const SafetensorsFile& file, std::string_view where);

// Copies parameters and optimizer state from `file`. Throws a data Error naming `where` if a tensor is
// missing or has a different size.
void RestoreCheckpoint(const SafetensorsFile& file, std::string_view where, const RunProgress& progress,
                       Model& model, Optimizer& optimizer);

}  // namespace hourglass
