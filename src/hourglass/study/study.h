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
  // `count` trainings side by side begin or go on: "search" or "sweep"; returns who is told of them and may
  // stop the study.
  virtual PoolObserver& OnPool(std::string_view what, size_t count, int jobs) = 0;
  // Something that takes a while begins: "reports of the runs".
  virtual void OnStep(std::string_view step) = 0;
  // Which share of a part of it is done: "ranks in the code".
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
  std::vector<Verdict> verdicts;
  std::filesystem::path report;
};

// Sets `keys` (name, text, as flags give them) in every run of `recipe`, over the HOURGLASS_* variables of
// `environment`, over what the recipe says. With `quick_epochs` its own runs, unless these say otherwise,
// train so many epochs; search and sweep, which StudyOptions::quick shortens, keep theirs. Throws as
// ResolveConfig does, and a usage Error when there are no runs.
void OverrideRuns(Recipe& recipe, const std::map<std::string, std::string>& environment,
                  const std::vector<std::pair<std::string, std::string>>& keys,
                  std::optional<int64_t> quick_epochs = std::nullopt);

// Nothing when the observer stopped it: then everything so far is on the disk and the same call goes on. All
// runs must use the same data, which is `data`. Search and sweep come first, on a part of the training images
// (see RunSearch). Writes into options.out: a folder a run, search/, sweep/, neighbours/, figures/,
// study.json and report.html. Throws a usage Error when the folder holds runs with other settings, and what
// training and drawing throw.
std::optional<StudyOutcome> RunStudy(const Recipe& recipe, const DataSplits& data,
                                     const StudyOptions& options, StudyObserver& observer);

Json ToJson(const StudyOutcome& outcome);

}  // namespace hourglass
