// Shows progress on stderr: one line per training epoch, and a bar on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "app/messages.h"
#include "hourglass/train/trainer.h"

namespace hourglass::app {

// Draws a bar for work in steps. Draws nothing if stderr is not a terminal.
class StepProgress {
 public:
  explicit StepProgress(Verbosity verbosity);
  ~StepProgress() { Clear(); }

  // `share` of step `what` is done.
  void OnStep(const std::string& what, double share);
  void Clear();

 private:
  bool bar_, drawn_ = false;
  std::string what_;
  std::chrono::steady_clock::time_point begun_ = {}, last_drawn_ = {};
};

class TrainingProgress : public TrainObserver {
 public:
  // For a training in these stages; if there are several, the line of an epoch names its stage. It also shows
  // the time for evaluation and saving if that exceeds 5 % of the training time. -v adds the other metrics.
  // Asks InterruptNoted() whether to stop.
  TrainingProgress(Verbosity verbosity, std::vector<Stage> stages);
  ~TrainingProgress() override { ClearBar(); }

  void OnBatch(const BatchProgress& progress) override;
  void OnEpoch(const EpochMetrics& metrics) override;
  void OnWarning(const std::string& text) override;
  void OnStep(const std::string& what, double share) override;
  bool StopRequested() override;

 private:
  void ClearBar();
  // " encoder" if there are several stages.
  std::string StageName(int64_t epoch) const;
  int64_t epochs() const { return stages_.back().last; }

  bool quiet_, verbose_;
  bool bar_;  // stderr is a terminal that can redraw a line
  bool bar_drawn_ = false;
  std::vector<Stage> stages_;
  StepProgress steps_;
  std::chrono::steady_clock::time_point last_drawn_ = {}, batch_ended_ = {};
};

}  // namespace hourglass::app
