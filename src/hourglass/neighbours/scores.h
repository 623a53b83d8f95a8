// Measures how well codes preserve the neighbourhoods of their inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/neighbours/all_sizes.h"
#include "hourglass/neighbours/distance_scores.h"
#include "hourglass/neighbours/neighbours.h"
#include "hourglass/neighbours/silhouette.h"

namespace hourglass {

struct ScoreOptions {
  std::vector<int64_t> ks = {5, 10, 20, 50};  // neighbourhood sizes measured in full
  int64_t area_points = 1000;                 // size of the sample for all sizes (all_sizes.h)
  int threads = 0;                            // 0: OpenMP's default
  // Called with the current task and its completed share. Must not throw.
  std::function<void(const std::string& what, double share)> progress = {};
};

// Label statistics of a code's neighbourhoods of one size. A rate is the share of a point's k nearest
// neighbours that carry its label.
struct LabelScores {
  std::map<int, double> score_by_label;  // score over the points of each label
  double input_rate = 0, code_rate = 0;  // means
  std::map<int, double> input_rate_by_label, code_rate_by_label;
  double improvement = 0;  // mean of code's rate - input's rate
  double similarity = 0;   // mean of |code's rate - input's rate|
  // Leave-one-out: the share of points whose label is the most frequent among their k nearest.
  double input_accuracy = 0, code_accuracy = 0;
};

// Neighbourhoods of one size. Definitions: measures.h.
struct ScoresAt {
  int64_t k = 0;
  double score = 0;  // Q_NX(k)
  // The expected score if ties in distance were broken at random, not by index (ties.h).
  double expected_score = 0;
  double chance = 0;  // the score of a random code
  double rnx = 0;
  double trustworthiness = 0, continuity = 0;
  double code_rank_error = 0,
         input_rank_error = 0;            // mean relative rank errors (measures.h)
  int64_t input_ties = 0, code_ties = 0;  // points whose k nearest are decided by index
  std::optional<LabelScores> labels;
};

struct NeighbourhoodScores {
  Distance distance = Distance::kL2;
  int64_t n = 0;
  std::vector<ScoresAt> at;  // one for each k in the options
  std::vector<double> qnx;   // for k = 1, 2, …
  double rnx_area = 0;       // over ln k, up to qnx.size()
  AllSizes all_sizes;        // the same for k up to n - 2, estimated
  DistanceScores distances;
  std::optional<SilhouetteScore> silhouette;  // of the labels in the code; needs two of them
  int64_t kept_k = 0;                         // the k in the options nearest to 20
  std::vector<float> kept_shares;             // of each point, at kept_k
};

// Measures each of `codes` (f32 [n, d]) against `input` (u8 or f32 [n, …]). `input_nearest` lists more of the
// input's neighbours than the largest k; its distance is used throughout. `labels` has n elements or none.
// All codes are measured together, because ranks in the input cost little more for all codes than for one.
// Throws a usage Error if there are too few neighbours, if the numbers of points differ, if a k is not in [1,
// n - 2], or if area_points is below 2; also throws as NearestNeighbours does.
std::vector<NeighbourhoodScores> ScoreCodes(const Tensor& input, const Neighbours& input_nearest,
                                            std::span<const Tensor* const> codes,
                                            std::span<const int32_t> labels, const ScoreOptions& options);

// Scores by label have the names of the classes as keys (ClassKeys in data/classes.h); numbers without
// `class_names`.
Json ToJson(const NeighbourhoodScores& scores, std::span<const std::string> class_names = {});

}  // namespace hourglass
