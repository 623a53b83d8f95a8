#include "hourglass/train/checkpoint_writer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

constexpr double kMost = 1e9;  // seconds or epochs

// Copies `from` into `to`, reusing its memory.
void Copy(const SafetensorsFile& from, SafetensorsFile& to) {
  to.metadata = from.metadata;
  to.tensors.resize(from.tensors.size());
  for (size_t i = 0; i < from.tensors.size(); ++i) {
    const auto& [name, tensor] = from.tensors[i];
    to.tensors[i].name = name;
    to.tensors[i].tensor.Resize(tensor.shape(), tensor.dtype());
    std::memcpy(to.tensors[i].tensor.raw(), tensor.raw(), tensor.byte_size());
  }
}

bool IsBest(const RunProgress& progress) {
  return progress.best_epoch == progress.epochs_done();
}

}  // namespace

CheckpointInterval ParseCheckpointInterval(std::string_view text) {
  const bool seconds = text.ends_with('s');
  double value = 0;
  const char* const end = text.data() + text.size() - (seconds ? 1 : 0);
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool whole = seconds || value == std::trunc(value);  // false for NaN
  if (error != std::errc() || stop != end || !(value >= (seconds ? 0 : 1)) || value > kMost || !whole) {
    throw UsageError({.what = "bad checkpoint interval",
                      .expected = "seconds such as 60s, or a number of epochs such as 5"});
  }
  if (seconds) return {.seconds = value};
  return {.epochs = static_cast<int64_t>(value)};
}

std::string ToString(const CheckpointInterval& interval) {
  return interval.epochs > 0 ? fmt::format("{}", interval.epochs) : fmt::format("{:g}s", interval.seconds);
}

void KeepBest(const RunDirectory& directory, const RunProgress& progress) {
  const std::filesystem::path last = directory.last_checkpoint();
  const std::filesystem::path best = directory.best_checkpoint();
  if (!IsBest(progress) || IsSameFile(last, best)) return;
  if (!LinkAtomically(last, best)) WriteFileAtomically(best, ReadFile(last));
}

CheckpointWriter::CheckpointWriter(const RunDirectory& directory, const CheckpointInterval& interval,
                                   RunProgress written)
    : directory_(directory),
      interval_(interval),
      begun_(Clock::now()),
      kept_progress_(written),
      written_(std::move(written)) {}

void CheckpointWriter::Keep(const SafetensorsFile& file, const RunProgress& progress) {
  Wait();
  if (IsBest(kept_progress_) && !IsBest(progress)) Finish();
  Copy(file, kept_);
  kept_progress_ = progress;
  if (Due()) Begin();
}

void CheckpointWriter::Finish() {
  Wait();
  if (kept_progress_.epochs_done() == written_.epochs_done()) return;
  Begin();
  Wait();
}

bool CheckpointWriter::Due() const {
  if (interval_.epochs > 0) return kept_progress_.epochs_done() - written_.epochs_done() >= interval_.epochs;
  return Clock::now() - begun_ >= std::chrono::duration<double>(interval_.seconds);
}

void CheckpointWriter::Begin() {
  begun_ = Clock::now();
  pending_ = std::async(std::launch::async, [this] { Write(); });
}

void CheckpointWriter::Wait() {
  if (pending_.valid()) pending_.get();
}

void CheckpointWriter::Write() {
  WriteSafetensors(directory_.last_checkpoint(), kept_);
  // Remove an older final model, which must not be mistaken for the current result.
  std::filesystem::remove(directory_.model());
  KeepBest(directory_, kept_progress_);
  written_ = kept_progress_;
}

}  // namespace hourglass
