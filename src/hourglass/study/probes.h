// Probes of a study's trained runs: the sections [robustness] and [generate] of a recipe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/robustness.h"
#include "hourglass/data/dataset.h"
#include "hourglass/report/figure.h"

namespace hourglass {

struct RobustnessPlan {
  struct Grid {
    CorruptionKind kind;
    std::vector<double> amounts;
  };
  std::vector<std::string> runs;  // names, in the order of the plots
  std::vector<Grid> grids;
};

// The walk between the centroids of two classes in the code of one run.
struct GenerationPlan {
  std::string run;
  int64_t from = 1, to = 2;
  int64_t points = 10;  // both centroids included
};

struct ProbedRobustness {
  Robustness measured;
  std::vector<Figure> figures;
};

// Measures every grid on the held-out images, with the linear Wiener filter where defined, and draws it in
// `folder`.
std::vector<ProbedRobustness> ProbeRobustness(const RobustnessPlan& plan,
                                              std::span<const LabelledModel> models, const DataSplits& data,
                                              const std::filesystem::path& folder);

// Draws generation.png in `folder`: the decoded points between two centroids of the training images. Throws a
// usage Error if a class has no images.
Figure ProbeGeneration(const GenerationPlan& plan, Session& session, const Dataset& train,
                       const std::filesystem::path& folder);

}  // namespace hourglass
