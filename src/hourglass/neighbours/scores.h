// All that is measured of how well codes keep the neighbourhoods of their inputs.
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
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

struct ScoreOptions {
  std::vector<int64_t> ks = {5, 10, 20, 50};  // neighbourhood sizes that are measured in full
  int64_t area_points = 1000;  // from how many of the points all sizes are measured (all_sizes.h)
  int threads = 0;             // 0: as many as OpenMP would take
  // Called with what is being done and which share of it is done. Must not throw.
  std::function<void(const std::string& what, double share)> progress = {};
};

// What labels say of a code's neighbourhoods of one size. A rate is the share of a point's k nearest that
// carry its label.
struct LabelScores {
  std::map<int, double> score_by_label;  // score over the points of each label
  double input_rate = 0, code_rate = 0;  // means
  std::map<int, double> input_rate_by_label, code_rate_by_label;
  double improvement = 0;  // mean of code's rate - input's rate
  double similarity = 0;   // mean of |code's rate - input's rate|
  // Leave-one-out: the share of points whose label most of their k nearest carry.
  double input_accuracy = 0, code_accuracy = 0;
};

// Neighbourhoods of one size. Definitions: measures.h.
struct ScoresAt {
  int64_t k = 0;
  double score = 0;  // Q_NX(k)
  // The score if lots decided between equally far points, not indices (ties.h).
  double expected_score = 0;
  double chance = 0;  // what a random code would score
  double rnx = 0;
  double trustworthiness = 0, continuity = 0;
  double code_rank_error = 0,
         input_rank_error = 0;            // mean relative, of the code's and the input's neighbours
  int64_t input_ties = 0, code_ties = 0;  // points whose k nearest indices decide
  std::optional<LabelScores> labels;
};

struct NeighbourhoodScores {
  Distance distance = Distance::kL2;
  int64_t n = 0;
  std::vector<ScoresAt> at;        // one for each of the options' ks
  std::vector<double> qnx;         // for k = 1, 2, …
  double rnx_area = 0;             // over ln k, up to qnx.size()
  AllSizes all_sizes;              // the same for k up to n - 2, estimated
  int64_t kept_k = 0;              // of the options' ks the one nearest to 20
  std::vector<float> kept_shares;  // of each point, for kept_k
};

// Measures each of `codes` (f32 [n, d]) against `input` (u8 or f32 [n, …]), by the distance of
// `input_nearest`: the neighbours of the input, with more than the largest k. `labels` has n or none. All
// codes are measured together, because their ranks in the input cost little more than those of one. Throws a
// usage Error when there are not enough neighbours, when numbers of points differ, when a k is not in [1,
// n - 2], or when area_points is below 2, and those of NearestNeighbours.
std::vector<NeighbourhoodScores> ScoreCodes(const Tensor& input, const Neighbours& input_nearest,
                                            std::span<const Tensor* const> codes,
                                            std::span<const int32_t> labels, const ScoreOptions& options);

Json ToJson(const NeighbourhoodScores& scores);

}  // namespace hourglass
