// Shows how training goes on stderr: a line an epoch, and on a terminal a bar below them.
#pragma once

#include <chrono>
#include <cstdint>

#include "app/program.h"
#include "hourglass/train/trainer.h"

namespace hourglass::app {

class TrainingProgress : public TrainObserver {
 public:
  // For a training of `epochs` epochs. -v adds the noisy held-out loss to the lines. Asks InterruptNoted()
  // whether to stop.
  TrainingProgress(Verbosity verbosity, int64_t epochs);
  ~TrainingProgress() override { ClearBar(); }

  void OnBatch(const BatchProgress& progress) override;
  void OnEpoch(const EpochMetrics& metrics) override;
  bool StopRequested() override;

 private:
  void ClearBar();

  bool quiet_, verbose_;
  bool bar_;  // stderr is a terminal that can redraw a line
  bool bar_drawn_ = false;
  int64_t epochs_;
  std::chrono::steady_clock::time_point last_drawn_ = {};
};

}  // namespace hourglass::app
