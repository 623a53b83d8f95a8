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
  ResolvedConfig config = {};  // what all trials have in common
  SearchPlan plan = {};
  bool quick = false;    // a tenth of each trial's epochs, at least one
  bool halving = false;  // successive halving: see RunSearch
};

// kStopped is a trial that successive halving gave up.
enum class TrialStatus { kFinished, kStopped, kDiverged, kFailed };
std::string_view Name(TrialStatus status);

struct Trial {
  int64_t number = 0;                 // from 0
  std::vector<KeyValue> values = {};  // in the order of the space
  TrainConfig config = {};            // that was trained
  TrialStatus status = TrialStatus::kFinished;
  std::vector<EpochMetrics> epochs = {};
  std::string error = {};               // of one that diverged or failed
  std::optional<Finding> failure = {};  // of one that finished: what makes its model useless

  // The held-out loss after the last epoch; not a number for one that diverged or failed.
  double loss() const;
  // Of the training alone.
  double seconds() const;
};

struct SearchResult {
  SearchTask task = {};
  std::filesystem::path folder = {};
  std::string held_out_name = {};  // of the images that losses are taken on
  std::vector<Trial> trials = {};  // by number
  std::optional<size_t> best =
      {};                      // place of the finished trial of the lowest loss; nothing when none finished
  int64_t epochs_trained = 0;  // of all trials together
  int64_t epochs_asked = 0;

  std::filesystem::path report() const { return folder / "report.html"; }
  std::filesystem::path best_config() const { return folder / "best.toml"; }
  // "val MSE per pixel"
  std::string loss_label() const;
};

// `config` as RunSearch and RunSweep need it: where it leaves val_share open, a fifth of the training images
// is held out, since who chooses by the test images has none left to test on.
ResolvedConfig WithValidation(ResolvedConfig config);

// Trains the trials of `task.plan` with `data`, opened as WithValidation(task.config) says, into the run
// directories folder/trials/000, … and writes, each atomically: search.json (the plan), trials.jsonl (a line
// an ended trial) and best.toml (the configuration of the best trial, for hourglass train --config). Returns
// nothing when the observer stopped it. In whatever way it ends, the same call goes on where it was, as does
// one with another number of trials; any other change is a usage Error.
//
// With successive halving all trials train a quarter of their own epochs, the better half of them go on to
// half, and the better half of those to the end. Losses after the same share of each trial's epochs decide,
// whenever it was trained; of equal ones the lower number goes on. (Jamieson, Talwalkar, "Non-stochastic best
// arm identification and hyperparameter optimization", AISTATS 2016, with two halvings.)
std::optional<SearchResult> RunSearch(const SearchTask& task, const DataSplits& data,
                                      const std::filesystem::path& folder, const PoolOptions& options,
                                      PoolObserver& observer);

// One line of trials.jsonl.
Json ToJson(const Trial& trial, const std::string& held_out_name);
Json ToJson(const SearchResult& result);

}  // namespace hourglass
