// Sweep: trains one configuration with each value of one key, and with several seeds, side by side.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/analysis/diagnosis.h"
#include "hourglass/analysis/significance.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/tune/run_pool.h"
#include "hourglass/tune/sweep_plan.h"

namespace hourglass {

struct SweepTask {
  std::string title = {};      // of its report
  ResolvedConfig config = {};  // of all runs, but for the key and the seed
  SweepPlan plan = {};
  bool quick = false;  // a tenth of the epochs, at least one
};

// One training of a sweep.
struct SweepRun {
  int64_t seed = 0;
  TrainConfig config = {};
  std::filesystem::path folder = {};  // within the sweep's
  RunRecord record = {};
  std::optional<Finding> failure = {};  // of one that finished: what makes its model useless

  // The held-out loss after the last epoch; not a number unless it finished.
  double loss() const;
};

// Losses over the runs that finished, those of useless models too; not a number where there are too few.
struct SweepPoint {
  std::string value;
  std::vector<SweepRun> runs;                                // a seed each, in the order of the plan
  double mean = std::numeric_limits<double>::quiet_NaN();    // of losses
  double spread = std::numeric_limits<double>::quiet_NaN();  // standard deviation (n - 1), of two or more
  double pca = std::numeric_limits<double>::quiet_NaN();     // held-out MSE of PCA with as many components

  std::vector<double> losses() const;  // of the runs that finished, in the order of the plan
};

struct SweepResult {
  SweepTask task = {};
  std::filesystem::path folder = {};
  std::string held_out_name = {};       // of the images that losses are taken on
  bool ordered = false;                 // whether the key is a number; then the points rise with it
  std::vector<SweepPoint> points = {};  // a value each

  std::filesystem::path report() const { return folder / "report.html"; }
  std::string loss_label() const;  // "val MSE per pixel"
};

// A step to a larger value at which the mean loss rises, compared with the spread of seeds by Welch's t-test
// (analysis/significance.h). NaN where a value has fewer than two seeds.
struct Rise {
  const SweepPoint* from;
  const SweepPoint* to;
  double rise;            // of the mean
  double standard_error;  // of that difference
  double p;               // two-sided
  double corrected_p;     // by Holm, for all steps of the sweep, falling ones included
  int64_t seeds_up;       // seeds whose own loss rises,
  int64_t seeds;          // of those that finished at both

  bool beyond_seeds() const { return corrected_p < kSignificance; }
};

// Sets mean and spread from the runs.
void SummarisePoint(SweepPoint& point);

// Every rise, in the order of the points; none when the key is no number. They point into `result`.
std::vector<Rise> RisesOf(const SweepResult& result);

// Trains `task.plan` with `data`, opened as WithValidation(task.config) says (tune/search.h), into run
// directories in folder/runs, and writes, each atomically: sweep.json (the plan), sweep.jsonl (a line an
// ended run) and sweep.csv. When the key is
// code_size, the loss MSE and the input clean, PCA with as many components is measured beside. Returns
// nothing when the observer stopped it. In whatever way it ends, the same call goes on where it was, as does
// one with more or fewer values or seeds; another change is a usage Error.
std::optional<SweepResult> RunSweep(const SweepTask& task, const DataSplits& data,
                                    const std::filesystem::path& folder, const PoolOptions& options,
                                    PoolObserver& observer);

// A row a value: its mean, spread and PCA, and the loss of each seed; what is not known is empty.
std::string SweepCsv(const SweepResult& result);

Json ToJson(const SweepResult& result);

}  // namespace hourglass
