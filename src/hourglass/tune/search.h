// Random search: trains the trials of a plan side by side and names the best.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/analysis/diagnosis.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/tune/run_pool.h"
#include "hourglass/tune/search_plan.h"

namespace hourglass {

struct SearchTask {
  std::string title = {};      // of its report
  ResolvedConfig config = {};  // shared by all trials
  SearchPlan plan = {};
  bool quick = false;    // a tenth of each trial's epochs, at least one
  bool halving = false;  // successive halving: see RunSearch
};

// kStopped: dropped by successive halving.
enum class TrialStatus { kFinished, kStopped, kDiverged, kFailed };
std::string_view Name(TrialStatus status);

struct SearchTrial {
  int64_t number = 0;                 // from 0
  std::vector<KeyValue> values = {};  // in the order of the space
  TrainConfig config = {};            // as trained
  TrialStatus status = TrialStatus::kFinished;
  std::vector<EpochMetrics> epochs = {};
  std::string error = {};               // if it diverged or failed
  std::optional<Finding> failure = {};  // of a finished trial: why its model is useless

  // ComparedLoss after the last epoch; NaN if it diverged or failed.
  double loss() const;
  // Training time only.
  double seconds() const;
};

struct SearchResult {
  SearchTask task = {};
  std::filesystem::path folder = {};
  std::string held_out_name = {};        // name of the images used for losses
  std::vector<SearchTrial> trials = {};  // by number
  std::optional<size_t> best = {};       // index of the finished trial with the lowest loss, if any
  int64_t epochs_trained = 0;            // over all trials
  int64_t epochs_asked = 0;

  std::filesystem::path report() const { return folder / "report.html"; }
  std::filesystem::path best_config() const { return folder / "best.toml"; }
  // "val MSE per pixel"
  std::string loss_label() const;
};

// `config` as RunSearch and RunSweep need it. If val_share is not set, a fifth of the training images is held
// out: test images used to choose a model cannot also test it.
ResolvedConfig WithValidation(ResolvedConfig config);

// Trains the trials of `task.plan` with `data`, opened as WithValidation(task.config) says, into the run
// directories folder/trials/000, … Writes, each atomically: search.json (the plan), trials.jsonl (one line
// per ended trial) and best.toml (the best trial's configuration, for hourglass train --config). Returns
// nothing if the observer stopped it. However it ends, the same call resumes it, even with another number of
// trials; any other change is a usage Error.
//
// With successive halving, all trials train for a quarter of their epochs. The better half continues to half
// of their epochs, and the better half of those to the end. Trials are compared by their losses after the
// same share of their epochs, regardless of when they were trained; if losses are equal, the trial with the
// lower number continues. (Jamieson, Talwalkar, "Non-stochastic best arm identification and hyperparameter
// optimization", AISTATS 2016, with two halvings.)
std::optional<SearchResult> RunSearch(const SearchTask& task, const DataSplits& data,
                                      const std::filesystem::path& folder, const PoolOptions& options,
                                      PoolObserver& observer);

// One line of trials.jsonl.
Json ToJson(const SearchTrial& trial, const std::string& held_out_name);
Json ToJson(const SearchResult& result);

}  // namespace hourglass
