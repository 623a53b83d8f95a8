// The held-out error with noise on the input after every epoch of a run: noisy.json in the run's directory.
#pragma once

#include <filesystem>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/train/training_run.h"

namespace hourglass {

// Measures after each epoch, for each sigma of kReportSigmas, the MSE per pixel of the outputs for noisy
// held-out images against the clean ones, and passes everything on to `inner`.
class NoiseLog : public TrainObserver {
 public:
  // Goes on with what the run's directory holds of the epochs that are done; `noise_seed` is
  // that of the training. run, data and inner must outlive the log.
  NoiseLog(const TrainingRun& run, const DataSplits& data, uint64_t noise_seed, TrainObserver& inner);

  void OnBatch(const BatchProgress& progress) override { inner_.OnBatch(progress); }
  void OnEpoch(const EpochMetrics& metrics) override;
  bool StopRequested() override { return inner_.StopRequested(); }

  // [sigma][epoch]; an epoch that was never measured, since the run was not trained by a study then, is not a
  // number.
  const std::vector<std::vector<double>>& errors() const { return errors_; }

 private:
  // Measures the model as it is after epoch `epoch` and writes the file.
  void Measure(int64_t epoch);

  const TrainingRun& run_;
  const DataSplits& data_;
  uint64_t noise_seed_;
  TrainObserver& inner_;
  std::vector<std::vector<double>> errors_;
};

}  // namespace hourglass
