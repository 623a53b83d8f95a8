#include "app/pool_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/interrupt.h"

namespace hourglass::app {

PoolProgress::PoolProgress(Verbosity verbosity)
    : verbosity_(verbosity), redraw_(verbosity != Verbosity::kQuiet && IsTerminal(STDERR_FILENO)) {}

bool PoolProgress::StopRequested() {
  return InterruptNoted();
}

void PoolProgress::OnRunBegin(const PoolRun& run, const TrainingRun& training) {
  const int64_t epochs_done = training.progress().epochs_done();
  if (epochs_done > 0) Print(fmt::format("{}: resumes after epoch {}\n", run.label, epochs_done));
  if (!training.warning().empty()) Print(fmt::format("warning: {}: {}\n", run.label, training.warning()));
  running_[run.label] = fmt::format("{}/{}", epochs_done, run.until);
  DrawLine();
}

void PoolProgress::OnEpoch(const PoolRun& run, const EpochMetrics& metrics) {
  if (verbosity_ == Verbosity::kVerbose) {
    Print(fmt::format("{}: epoch {}/{}  train {:.5f}  {} {:.5f}  {:.2f} s\n", run.label, metrics.epoch(),
                      run.config.values.epochs, metrics.train_loss(), metrics.held_out_name(),
                      metrics.held_out_loss(), metrics.seconds()));
  }
  running_[run.label] = fmt::format("{}/{}", metrics.epoch(), run.until);
  DrawLine();
}

void PoolProgress::OnRunEnd(const PoolRun& run, const RunRecord& record) {
  running_.erase(run.label);
  const bool lost = record.status == RunStatus::kDiverged || record.status == RunStatus::kFailed;
  if (lost) {
    Print(fmt::format("{} {}: {}\n", run.label, Name(record.status), record.error));
  } else {
    const EpochMetrics& last = record.epochs.back();
    Print(fmt::format("{}: {} {:.5f} after {} of {} epochs\n", run.label,
                      ComparedName(last.held_out_name(), run.config.values), ComparedLoss(last), last.epoch(),
                      run.config.values.epochs));
  }
  DrawLine();
}

void PoolProgress::OnStep(std::string_view step) {
  Print(fmt::format("{}\n", step));
}

void PoolProgress::Print(const std::string& line) {
  if (verbosity_ == Verbosity::kQuiet) return;
  ClearLine();
  PrintMessage(line);
}

void PoolProgress::DrawLine() {
  if (!redraw_ || running_.empty()) return;
  std::string line = "\r\033[K";
  for (const auto& [label, where] : running_) line += fmt::format("{} {}   ", label, where);
  PrintMessage(line);
  drawn_ = true;
}

void PoolProgress::ClearLine() {
  if (drawn_) PrintMessage("\r\033[K");
  drawn_ = false;
}

}  // namespace hourglass::app
