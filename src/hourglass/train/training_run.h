// One training from its configuration to its run directory: begins or resumes it, trains, and keeps the
// directory such that whoever stops the program at whatever instant finds a run that can be resumed exactly.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hourglass/core/folder_lock.h"
#include "hourglass/train/checkpoint_writer.h"
#include "hourglass/train/run_directory.h"
#include "hourglass/train/trainer.h"

namespace hourglass {

// What a run computes with.
struct Machine {
  std::unique_ptr<Backend> backend;
  DType precision;
  std::string precision_reason;
};

// The model that `config` names, for the images of `data`. Throws a usage Error when it is impossible.
Architecture ModelOf(const TrainConfig& config, const DataSplits& data);

class TrainingRun {
 public:
  // Begins a run in the new directory `out` (empty: one under runs/). It appears there whole, with a
  // checkpoint of epoch 0, or not at all. `arguments` are kept in run.json. `data` must outlive the run.
  // Throws a usage Error when `out` is not free or the model impossible.
  static TrainingRun Start(const ResolvedConfig& config, const DataSplits& data,
                           const std::filesystem::path& out, std::vector<std::string> arguments);

  // Goes on with the run at `path` from its last checkpoint, to the bit as if it had never stopped. `config`
  // may differ from the run's own in epochs, name, checkpoint_every and where the data lies only: another
  // difference, data with another checksum, or fewer epochs than are done are usage Errors that name it.
  // Threads and precision that `config` leaves open are those that the run began with.
  static TrainingRun Resume(const std::filesystem::path& path, const ResolvedConfig& config,
                            const DataSplits& data, std::vector<std::string> arguments);

  // Trains up to config.epochs; after each epoch writes the checkpoints and metrics.jsonl, at the end
  // model.safetensors and run.json. False when the observer stopped it; then the last whole epoch is what a
  // resume goes on from. When something throws, a kDiverged Error among others, run.json says so and the
  // checkpoints are those of the epochs before.
  bool Train(TrainObserver& observer);

  const RunDirectory& directory() const { return directory_; }
  const Machine& machine() const { return machine_; }
  const Progress& progress() const { return progress_; }
  const Model& model() const { return trainer_->model(); }
  Session& session() const { return trainer_->session(); }
  int64_t parameters() const;
  // Training speed over all epochs so far.
  double images_per_second() const;
  // Not empty when the processor is not the one that the run began on: then the bits may differ; when
  // config.model describes another architecture by now: the run keeps its own; or when run.json was damaged.
  const std::string& warning() const { return warning_; }

  // What model.safetensors and the checkpoints say about the training.
  Json TrainingSummary() const;

 private:
  TrainingRun(RunDirectory directory, FolderLock lock, const ResolvedConfig& config,
              Architecture architecture, const DataSplits& data, Machine machine,
              std::vector<std::string> arguments);
  void RunEpochs(TrainObserver& observer, CheckpointWriter& writer, bool& stopped);
  void Warn(const std::string& text);
  // Takes over what run.json says of the run's beginning, or warns that it says nothing.
  void KeepBeginning();
  // Adds to resumed_, after an epoch, that this process goes on.
  void NoteResumption();
  // Of progress_, which it completes; its tensors are views of the trainer's.
  SafetensorsFile Checkpoint();
  void WriteInfo(const std::string& status, const std::string& error = {}) const;

  RunDirectory directory_;
  FolderLock lock_;
  ResolvedConfig config_;
  const DataSplits* data_;
  Machine machine_;
  std::unique_ptr<Trainer> trainer_;
  Progress progress_;
  std::vector<std::string> arguments_;             // of the process that began the run
  std::vector<std::vector<std::string>> resumed_;  // and of those that went on with it
  std::vector<std::string> resuming_;              // of this one, until it has trained an epoch more
  std::string started_;
  int64_t first_epoch_ = 1;  // of this process
  std::string warning_;
};

}  // namespace hourglass
