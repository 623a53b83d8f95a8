// Measures how well the codes of a study's runs keep neighbourhoods of images: the section [neighbours] of a
// recipe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/robustness.h"
#include "hourglass/data/dataset.h"
#include "hourglass/report/figure.h"
#include "hourglass/report/neighbour_figures.h"

namespace hourglass {

// Published values for one run and distance: one per entry of NeighboursPlan::at, or none.
struct PublishedNeighbours {
  std::string run;
  Distance distance = Distance::kL2;
  std::vector<double> score, improvement;
  std::vector<double> similarity;      // as published: the mean times NeighboursPlan::similarity_factor
  std::vector<double> score_by_label;  // for the k nearest to 20, of label 0, 1, …
};

struct NeighboursPlan {
  std::vector<std::string> runs;                 // names, in the order of tables and plots
  std::vector<std::string> in_tables_only = {};  // those of `runs` that no picture shows
  std::vector<Distance> distances = {Distance::kL1, Distance::kL2};  // in this order; pictures show the last
  int64_t k = 200;                                                   // neighbours of each image
  std::vector<int64_t> at = {5, 10, 20, 50};                         // sizes measured in full
  std::vector<int64_t> show = {1, 4, 7};                             // digits whose neighbours are shown
  bool map = false;              // also measure a t-SNE map of the training images
  double similarity_factor = 1;  // factor of published similarities that are not means
  std::vector<PublishedNeighbours> published = {};
};

struct ProbedNeighbours {
  std::vector<Distance> distances;  // of the plan
  std::vector<ScoredCode>
      codes;  // of the runs, then of PCA if images are small enough for it, then of the map
  std::vector<Figure> figures;
  std::vector<std::string> class_names = {};  // of the data, by label; may be empty
};

// Names of their ScoredCodes.
inline constexpr char kPcaCode[] = "pca", kMapCode[] = "map";

// Measures all training images by the distances of the plan, and the held-out images among them, and draws
// into `figures`. Caches the neighbours in pixels in `keep`; makes or resumes the map in keep/map, by L2,
// unless one of the folders `maps` holds that map already, and places the held-out images on it. `models`
// match plan.runs. `progress` receives the current step and its completed share. Throws a usage Error if
// there are too few images for the plan, or if there is not one model per run; also throws as MakeMap does.
ProbedNeighbours ProbeNeighbours(const NeighboursPlan& plan, std::span<const LabelledModel> models,
                                 const DataSplits& data, const std::filesystem::path& figures,
                                 const std::filesystem::path& keep,
                                 std::span<const std::filesystem::path> maps,
                                 const std::function<void(const std::string&, double)>& progress);

// The code with that name; null if there is none.
const ScoredCode* FindCode(const ProbedNeighbours& probed, std::string_view name);
// The scores for `distance` at the size nearest to `k`: of the training images, and of the new ones among
// them. Throws a usage Error if there are none.
const ScoresAt& ScoresOf(const ScoredCode& code, Distance distance, int64_t k);
const NewScoresAt& NewScoresOf(const ScoredCode& code, Distance distance, int64_t k);

Json ToJson(const ProbedNeighbours& probed);

}  // namespace hourglass
