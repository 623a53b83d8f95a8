// A training run from its configuration to its run directory: starts or resumes the run, trains, and keeps
// the directory in a state that allows an exact resume whenever the program stops.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/train/checkpoint_writer.h"
#include "hourglass/train/run_directory.h"
#include "hourglass/train/trainer.h"

namespace hourglass {

// The hardware and precision that a run computes with.
struct TrainingMachine {
  DeviceChoice device;
  std::unique_ptr<Backend> backend;
  DType precision;
  std::string precision_name;  // "f32", "bf16", or "tf32": f32 that a GPU may round to TF32 in products
  std::string precision_reason;
};

// The model named by `config`, for the images of `data`. Throws a usage Error if it is impossible.
Architecture ModelOf(const TrainConfig& config, const DataSplits& data);

class TrainingRun {
 public:
  // Starts a run in the new directory `out` (empty: one under runs/). The directory appears complete, with a
  // checkpoint of epoch 0, or not at all. `arguments` are stored in run.json. `data` must outlive the run.
  // Throws a usage Error if `out` is not free or the model is impossible.
  static TrainingRun Start(const ResolvedConfig& given, const DataSplits& data,
                           const std::filesystem::path& out, std::vector<std::string> arguments);

  // Resumes the run at `path` from its last checkpoint, bit-exactly as if it had never stopped. `given` may
  // differ from the run's configuration only in epochs, name, checkpoint_every and the location of the data.
  // Throws a usage Error that names any other difference, data with another checksum, or fewer epochs than
  // are done. If it leaves threads and precision open, those of the original run are used.
  static TrainingRun Resume(const std::filesystem::path& path, const ResolvedConfig& given,
                            const DataSplits& data, std::vector<std::string> arguments);

  // Trains up to config.epochs. Writes the checkpoints and metrics.jsonl after each epoch, and
  // model.safetensors and run.json at the end. Returns false if the observer stopped it; a resume then starts
  // from the last complete epoch. If anything throws (for example, a kDiverged Error), run.json records the
  // error, and the checkpoints are of earlier epochs.
  bool Train(TrainObserver& observer);

  const RunDirectory& directory() const { return directory_; }
  const TrainingMachine& machine() const { return machine_; }
  const RunProgress& progress() const { return progress_; }
  const Model& model() const { return trainer_->model(); }
  // Computes with the model on the processor: after Train() wherever it was trained, before only if that is
  // the processor.
  Session& session() const { return results_ ? *results_->session : trainer_->session(); }
  const std::vector<Stage>& stages() const { return trainer_->stages(); }
  int64_t parameters() const;
  // Training speed over all epochs so far.
  double images_per_second() const;
  // Non-empty if the CPU differs from the one the run started on (results may differ in the last bits), if
  // config.model now describes another architecture (the run keeps its own), if run.json was damaged, or if
  // the neighbours of the images could not be kept.
  const std::string& warning() const { return warning_; }

  // The description of the training stored in model.safetensors and the checkpoints.
  Json TrainingSummary() const;

 private:
  TrainingRun(RunDirectory directory, FolderLock lock, const ResolvedConfig& config,
              Architecture architecture, const DataSplits& data, TrainingMachine machine,
              std::vector<std::string> arguments);
  // The trained model on the processor.
  struct Results {
    std::unique_ptr<Backend> backend;
    std::unique_ptr<Model> model;
    std::unique_ptr<Session> session;
  };
  Results LoadResults() const;
  // Gives the trainer its teacher if the next epoch needs one; false if the observer stopped it.
  bool FindTeacher(TrainObserver& observer);
  void RunEpochs(TrainObserver& observer, CheckpointWriter& writer, bool& stopped);
  void Warn(const std::string& text);
  // Loads the record of the run's start from run.json, or warns that it is missing.
  void KeepBeginning();
  // After an epoch, records in resumed_ that this process resumed the run.
  void NoteResumption();
  // If the codes of a gaussian bottleneck have said nothing for two epochs.
  void WarnOfCollapse(TrainObserver& observer);
  // Completes progress_ and returns a checkpoint of it; its tensors are views of the trainer's.
  SafetensorsFile Checkpoint();
  void WriteInfo(const std::string& status, const std::string& error = {}) const;

  RunDirectory directory_;
  FolderLock lock_;
  ResolvedConfig config_;
  const DataSplits* data_;
  TrainingMachine machine_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<Results> results_;  // after training on a GPU
  RunProgress progress_;
  std::vector<std::string> arguments_;             // of the process that started the run
  std::vector<std::vector<std::string>> resumed_;  // of the processes that resumed it
  std::vector<std::string> resuming_;              // of this process, until it has trained an epoch
  std::string started_;
  int64_t first_epoch_ = 1;  // the first epoch of this process
  bool warned_of_collapse_ = false;
  std::string warning_;
};

}  // namespace hourglass
