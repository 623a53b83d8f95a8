// Writes a run's checkpoints while the next epoch trains: the state is copied once into a buffer that is
// kept, and a thread hashes, writes, flushes and renames that copy.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>

#include "hourglass/model/safetensors.h"
#include "hourglass/train/checkpoint.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

// How long training goes on without a checkpoint: `epochs` unless 0, else `seconds` and the rest of the
// epoch.
struct CheckpointInterval {
  int64_t epochs = 0;
  double seconds = 0;
};

// "5": epochs, at least 1; "60s": seconds, "0s" after each epoch. Throws a usage Error for any other text.
CheckpointInterval ParseCheckpointInterval(std::string_view text);
std::string ToString(const CheckpointInterval& interval);

// Makes checkpoints/best the last checkpoint if that, of a run at `progress`, is of the best epoch.
void KeepBest(const RunDirectory& directory, const Progress& progress);

class CheckpointWriter {
 public:
  // `written`: the progress of the checkpoints that `directory` holds.
  CheckpointWriter(const RunDirectory& directory, const CheckpointInterval& interval, Progress written);
  CheckpointWriter(const CheckpointWriter&) = delete;

  // Copies the checkpoint `file` of a run at `progress`; begins to write it when the interval is over. An
  // earlier copy that is of the best epoch is written before this one replaces it. Throws what an earlier
  // write threw.
  void Keep(const SafetensorsFile& file, const Progress& progress);
  // Writes the last copy, unless that is done; what it throws leaves the checkpoints of written().
  void Finish();
  // The progress of the checkpoints on the disk. Only after Finish().
  const Progress& written() const { return written_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool Due() const;
  void Begin();
  void Wait();
  void Write();

  RunDirectory directory_;
  CheckpointInterval interval_;
  Clock::time_point begun_;  // when the last write began
  SafetensorsFile kept_;     // the thread reads what is kept; only Keep(), when it has ended, changes it
  Progress kept_progress_, written_;
  std::future<void> pending_;  // last member: its destructor waits for the thread, which uses the others
};

}  // namespace hourglass
