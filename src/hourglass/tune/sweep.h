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
  ResolvedConfig config = {};  // of all runs, except the key and the seed
  SweepPlan plan = {};
  bool quick = false;  // a tenth of the epochs, at least one
};

// One training of a sweep.
struct SweepRun {
  int64_t seed = 0;
  TrainConfig config = {};
  std::filesystem::path folder = {};  // inside the sweep's folder
  RunRecord record = {};
  std::optional<Finding> failure = {};  // of a finished run: why its model is useless

  // ComparedLoss after the last epoch; NaN unless the run finished.
  double loss() const;
};

// Losses over the finished runs, including useless models; NaN if there are too few.
struct SweepPoint {
  std::string value;
  std::vector<SweepRun> runs;                                // one per seed, in plan order
  double mean = std::numeric_limits<double>::quiet_NaN();    // of the losses
  double spread = std::numeric_limits<double>::quiet_NaN();  // standard deviation (n - 1) of at least two
  double pca = std::numeric_limits<double>::quiet_NaN();     // held-out MSE of PCA with as many components

  std::vector<double> losses() const;  // of the finished runs, in plan order
};

struct SweepResult {
  SweepTask task = {};
  std::filesystem::path folder = {};
  std::string held_out_name = {};       // name of the images used for losses
  bool ordered = false;                 // true if the key is a number; points then ascend
  std::vector<SweepPoint> points = {};  // one per value

  std::filesystem::path report() const { return folder / "report.html"; }
  std::string loss_label() const;  // "val MSE per pixel"
};

// A step to a larger value at which the mean loss rises, compared with the spread of seeds by Welch's t-test
// (analysis/significance.h). NaN if a value has fewer than two seeds.
struct SweepRise {
  const SweepPoint* from;
  const SweepPoint* to;
  double rise;            // of the mean
  double standard_error;  // of that difference
  double p;               // two-sided
  double corrected_p;     // by Holm, over all steps of the sweep, including falling ones
  int64_t seeds_up;       // seeds whose loss rises
  int64_t seeds;          // seeds that finished at both values

  bool beyond_seeds() const { return corrected_p < kSignificance; }
};

// Sets mean and spread from the runs.
void SummarisePoint(SweepPoint& point);

// Every rise, in the order of the points; none if the key is not a number. They point into `result`.
std::vector<SweepRise> RisesOf(const SweepResult& result);

// Trains `task.plan` with `data`, opened as WithValidation(task.config) says (tune/search.h), into run
// directories in folder/runs. Writes, each atomically: sweep.json (the plan), sweep.jsonl (one line per ended
// run) and sweep.csv. For the key code_size with loss MSE and clean input, also measures PCA with as many
// components. Returns nothing if the observer stopped it. However it ends, the same call resumes it, even
// with more or fewer values or seeds; any other change is a usage Error.
std::optional<SweepResult> RunSweep(const SweepTask& task, const DataSplits& data,
                                    const std::filesystem::path& folder, const PoolOptions& options,
                                    PoolObserver& observer);

// One row per value: its mean, spread and PCA, and the loss of each seed; unknown entries are empty.
std::string SweepCsv(const SweepResult& result);

Json ToJson(const SweepResult& result);

}  // namespace hourglass
