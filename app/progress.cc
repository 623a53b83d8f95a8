#include "app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "app/interrupt.h"

namespace hourglass::app {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval(100);
constexpr int kBarWidth = 24;
constexpr double kWorthSaying = 0.05;  // of an epoch's seconds

std::string Bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  return fmt::format("[{}{}]", std::string(filled, '='), std::string(kBarWidth - filled, ' '));
}

// "0:07", "1:02:03"
std::string Duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace

TrainingProgress::TrainingProgress(Verbosity verbosity, std::vector<Stage> stages)
    : quiet_(verbosity == Verbosity::kQuiet),
      verbose_(verbosity == Verbosity::kVerbose),
      bar_(!quiet_ && IsTerminal(STDERR_FILENO)),
      stages_(std::move(stages)),
      steps_(verbosity) {}

std::string TrainingProgress::StageName(int64_t epoch) const {
  return stages_.size() > 1 ? " " + StageAt(stages_, epoch).name : "";
}

void TrainingProgress::OnStep(const std::string& what, double share) {
  steps_.OnStep(what, share);
}

bool TrainingProgress::StopRequested() {
  return InterruptNoted();
}

void TrainingProgress::OnBatch(const BatchProgress& progress) {
  steps_.Clear();
  const auto now = batch_ended_ = std::chrono::steady_clock::now();
  if (!bar_ || now - last_drawn_ < kRedrawInterval) return;
  last_drawn_ = now;
  bar_drawn_ = true;
  const double share = static_cast<double>(progress.images_done) / static_cast<double>(progress.images);
  const double rate = static_cast<double>(progress.images_done) / progress.seconds;
  const double images_left =
      static_cast<double>(epochs() - progress.epoch + 1) * static_cast<double>(progress.images) -
      static_cast<double>(progress.images_done);
  PrintMessage(fmt::format("\r\033[Kepoch {}/{}{} {} loss {:.5f}  {:.0f} images/s  {} left", progress.epoch,
                           epochs(), StageName(progress.epoch), Bar(share), progress.loss(), rate,
                           Duration(images_left / rate)));
}

void TrainingProgress::OnEpoch(const EpochMetrics& metrics) {
  if (quiet_) return;
  ClearBar();
  const std::string all = fmt::format("{}", epochs());
  const double after = std::chrono::duration<double>(std::chrono::steady_clock::now() - batch_ended_).count();
  const bool say = after >= 0.005 && after > kWorthSaying * metrics.seconds();
  std::string more;
  for (const Metric& metric : metrics.values()) {
    const std::string_view name = metric.name;
    if (verbose_ && name.find('/') != std::string_view::npos && !name.ends_with("/loss")) {
      more += fmt::format("  {} {:.5f}", name, metric.value);
    }
  }
  PrintMessage(fmt::format("epoch {:>{}}/{}{}  train {:.5f}  {} {:.5f}{}  lr {:g}  {:.2f} s{}\n",
                           metrics.epoch(), all.size(), all, StageName(metrics.epoch()), metrics.train_loss(),
                           metrics.held_out_name(), metrics.held_out_loss(), more, metrics.learning_rate(),
                           metrics.seconds(),
                           say ? fmt::format(" + {:.2f} s evaluating and saving", after) : ""));
}

void TrainingProgress::OnWarning(const std::string& text) {
  if (quiet_) return;
  ClearBar();
  PrintMessage(fmt::format("warning: {}\n", text));
}

void TrainingProgress::ClearBar() {
  if (!bar_drawn_) return;
  PrintMessage("\r\033[K");
  bar_drawn_ = false;
}

StepProgress::StepProgress(Verbosity verbosity)
    : bar_(verbosity != Verbosity::kQuiet && IsTerminal(STDERR_FILENO)) {}

void StepProgress::OnStep(const std::string& what, double share) {
  const auto now = std::chrono::steady_clock::now();
  if (what != what_ || share == 0) begun_ = now;
  what_ = what;
  if (!bar_ || now - last_drawn_ < kRedrawInterval) return;
  last_drawn_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const std::string left = share > 0 ? Duration(seconds * (1 - share) / share) + " left" : "";
  PrintMessage(fmt::format("\r\033[K{} {} {}", what, Bar(share), left));
}

void StepProgress::Clear() {
  if (!drawn_) return;
  PrintMessage("\r\033[K");
  drawn_ = false;
}

}  // namespace hourglass::app
