// Shows the progress of runs that train side by side on stderr: one line per ended run and, on a terminal, a
// last line with the epoch of each active run.
#pragma once

#include <map>
#include <string>

#include "app/messages.h"
#include "hourglass/tune/run_pool.h"

namespace hourglass::app {

class PoolProgress : public PoolObserver {
 public:
  // -v adds one line per epoch. Asks InterruptNoted() whether to stop.
  explicit PoolProgress(Verbosity verbosity);
  ~PoolProgress() override { ClearLine(); }

  void OnRunBegin(const PoolRun& run, const TrainingRun& training) override;
  void OnEpoch(const PoolRun& run, const EpochMetrics& metrics) override;
  void OnRunEnd(const PoolRun& run, const RunRecord& record) override;
  void OnStep(std::string_view step) override;
  bool StopRequested() override;

 private:
  void Print(const std::string& line);
  void DrawLine();
  void ClearLine();

  Verbosity verbosity_;
  bool redraw_;  // stderr is a terminal that can redraw a line
  bool drawn_ = false;
  std::map<std::string, std::string> running_;  // label of each training run → its epoch
};

}  // namespace hourglass::app
