// Writes a run's checkpoints while the next epoch trains: the state is copied once into a reused buffer, and
// a thread hashes, writes, flushes and renames that copy.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>

#include "hourglass/core/safetensors.h"
#include "hourglass/train/checkpoint.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// How long training runs without a checkpoint: `epochs` if not 0, else `seconds` plus the rest of the epoch.
struct CheckpointInterval {
  int64_t epochs = 0;
  double seconds = 0;
};

// "5": epochs, at least 1; "60s": seconds; "0s": after every epoch. Throws a usage Error for any other text.
CheckpointInterval ParseCheckpointInterval(std::string_view text);
std::string ToString(const CheckpointInterval& interval);

// Replaces checkpoints/best with checkpoints/last if the latter, written at `progress`, is of the best epoch.
void KeepBest(const RunDirectory& directory, const RunProgress& progress);

class CheckpointWriter {
 public:
  // `written`: the progress of the checkpoints already in `directory`.
  CheckpointWriter(const RunDirectory& directory, const CheckpointInterval& interval, RunProgress written);
  CheckpointWriter(const CheckpointWriter&) = delete;

  // Copies the checkpoint `file` of a run at `progress`; starts writing it if the interval has elapsed. An
  // earlier unwritten copy of the best epoch is written before this one replaces it. Rethrows the exception
  // of an earlier write.
  void Keep(const SafetensorsFile& file, const RunProgress& progress);
  // Writes the last copy if it is not yet written. If this throws, the checkpoints of written() remain.
  void Finish();
  // The progress of the checkpoints on disk. Only after Finish().
  const RunProgress& written() const { return written_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool Due() const;
  void Begin();
  void Wait();
  void Write();

  RunDirectory directory_;
  CheckpointInterval interval_;
  Clock::time_point begun_;  // when the last write started
  SafetensorsFile kept_;     // read by the thread; only Keep() changes it, after the thread has ended
  RunProgress kept_progress_, written_;
  std::future<void> pending_;  // last member: its destructor waits for the thread, which uses the others
};

}  // namespace hourglass
