// Runs a whole recipe: trains its runs (skips finished ones, resumes started ones), measures, draws, judges
// its claims and writes one report.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/study/measures.h"
#include "hourglass/study/recipe.h"
#include "hourglass/study/run_result.h"
#include "hourglass/train/training_run.h"
#include "hourglass/tune/search.h"
#include "hourglass/tune/sweep.h"

namespace hourglass {

struct StudyOptions {
  std::filesystem::path out;           // the study's folder; runs are folders in it
  std::vector<std::string> arguments;  // of the process, kept in every run.json
  bool quick = false;                  // a tenth of the epochs of searches and sweeps
};

// Notified of a study's progress.
class StudyObserver {
 public:
  virtual ~StudyObserver() = default;
  // A run starts or resumes; returns the observer of its epochs, which may stop the study.
  virtual TrainObserver& OnRun(const RecipeRun& run, const TrainingRun& training) = 0;
  // `count` trainings start or resume side by side: "search", "sweep" or "runs"; returns their observer,
  // which may stop the study.
  virtual PoolObserver& OnPool(std::string_view what, size_t count, int jobs) = 0;
  // A long step begins: "reports of the runs".
  virtual void OnStep(std::string_view step) = 0;
  // `share` of a part of the step is done: "ranks in the code".
  virtual void OnShare(const std::string& /*part*/, double /*share*/) {}
};

struct StudyOutcome {
  std::vector<RunResult> results;  // in the order of the recipe
  std::optional<SearchResult> search = {};
  std::optional<SweepResult> sweep = {};
  std::vector<ProbedRobustness> robustness = {};
  std::optional<Figure> generation = {};
  std::optional<ProbedNeighbours> neighbours = {};
  Measures measures = {};  // all of the above by name
  std::vector<ClaimVerdict> verdicts;
  std::filesystem::path report;
};

// Overrides the configuration of every run with the HOURGLASS_* variables of `environment`, then with `keys`
// (name, text, as flags give them). `quick` sets the epochs of the runs to quick_epochs unless these do, and
// leaves out repeats with other seeds, so that claims that name one stay open; search and sweep keep their
// epochs, which StudyOptions::quick shortens. Throws as ResolveConfig does, and a usage Error if there are no
// runs.
void OverrideRuns(Recipe& recipe, const std::map<std::string, std::string>& environment,
                  const std::vector<std::pair<std::string, std::string>>& keys, bool quick = false);

// Returns nothing if the observer stopped it; everything so far is on disk and the same call resumes. All
// runs must use `data`, which the recipe fits (FitToData). Search and sweep come first, on a part of the
// training images (see RunSearch). Writes into options.out: one folder per run, search/, sweep/, neighbours/,
// figures/, study.json and report.html. Throws a usage Error if the folder holds runs with other settings,
// and the Errors of training and drawing.
std::optional<StudyOutcome> RunStudy(const Recipe& recipe, const DataSplits& data,
                                     const StudyOptions& options, StudyObserver& observer);

Json ToJson(const StudyOutcome& outcome);

}  // namespace hourglass
