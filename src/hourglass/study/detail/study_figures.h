// The figures of a study: its runs side by side.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/report/figure.h"
#include "hourglass/study/recipe.h"
#include "hourglass/study/run_result.h"

namespace hourglass {

struct StudyModel {
  const RunResult* result;
  Session* session;
};

// Names are stable.
struct StudyFigures {
  std::vector<Figure> losses;  // "loss" for all runs, or one per loss if runs differ, such as "losses-MSE";
                               // with several runs, also one "loss-<run>" per run
  std::vector<Figure> noise;   // "noise-<run>": clean and noisy held-out error after each epoch
  Figure reconstruction;       // one row per run; controls are in the curves only
  std::optional<Figure> best_to_worst;  // the same for images ranked by their errors
  std::optional<Figure> denoising;      // this and noise only if the recipe shows denoising
  std::optional<Figure> interpolation;
};

// Draws them into `folder`. Throws a usage Error if the held-out images lack a digit that the recipe shows.
StudyFigures DrawStudyFigures(const Recipe& recipe, const std::vector<StudyModel>& models,
                              const DataSplits& data, const std::filesystem::path& folder);

// Draws error-and-score of the probed runs and of PCA into `folder`.
Figure DrawCostOfContext(const ProbedNeighbours& probed, std::span<const RunResult> results,
                         const std::filesystem::path& folder);

}  // namespace hourglass
