// A run is a directory that holds everything: configuration, log, checkpoints, model, figures, report.
// It is never overwritten.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/train/metrics.h"

namespace hourglass {

class RunDirectory {
 public:
  // Creates `path` (which must be absent or empty) with its subfolders. Throws a usage Error if it is not
  // empty, a system Error if it cannot be written.
  static RunDirectory Create(const std::filesystem::path& path);
  // Like Create, but in a new folder beside `path`. The run appears at its final path only when MoveTo() is
  // called.
  static RunDirectory CreateBeside(const std::filesystem::path& path);
  // A path for a new run started now: runs/<UTC time>-<name>, with -2, -3, … appended if that exists.
  static std::filesystem::path FreePath(const std::string& name);
  // Throws a usage Error unless `path` can hold a new run: absent, or an empty folder.
  static void CheckFree(const std::filesystem::path& path);
  // Renames the run's directory to FreePath(name), retrying if another process takes that name first.
  RunDirectory MoveToFree(const std::string& name) const;
  // Renames the run's directory to `path`, which must be free.
  RunDirectory MoveTo(const std::filesystem::path& path) const;
  // Copies configuration, record and log into the folder `path` (created if necessary), so that a report can
  // be written there. Throws a usage Error if `path` is a run with checkpoints.
  RunDirectory CopyRecords(const std::filesystem::path& path) const;
  // Opens an existing run. Throws a data Error that says what is missing if it is not a run.
  static RunDirectory Open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path info() const { return path_ / "run.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path best_checkpoint() const { return checkpoints() / "best"; }
  std::filesystem::path last_checkpoint() const { return checkpoints() / "last"; }
  std::filesystem::path teacher() const { return path_ / "teacher"; }  // its map
  std::filesystem::path figures() const { return path_ / "figures"; }
  std::filesystem::path report() const { return path_ / "report.html"; }

  // Every complete line of metrics.jsonl, in order; a last line truncated by a crash is ignored.
  std::vector<EpochMetrics> ReadMetrics() const;
  // Appends one line to metrics.jsonl.
  void AppendMetrics(const EpochMetrics& epoch) const;
  // Rewrites metrics.jsonl atomically from all epochs so far.
  void WriteMetrics(const std::vector<EpochMetrics>& epochs) const;

 private:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace hourglass
