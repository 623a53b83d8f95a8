// Measures how well codes of new points keep their neighbourhoods among old ones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// A mean over the new points, and its standard error.
struct MeanWithError {
  double mean = 0, error = 0;
};

// Neighbourhoods of one size: a new point's k nearest old points in the input, and its k nearest old codes.
struct NewScoresAt {
  int64_t k = 0;
  MeanWithError score;  // the share of the former that are among the latter
  // PointTrustworthiness (measures.h): each of the latter that is not among the former counts by its rank in
  // the input, among all old points.
  MeanWithError trustworthiness;
  // With labels: the share of the nearest that carry the new point's label, by how much it is larger in the
  // code than in the input, and the share of new points whose label is the most frequent among their nearest
  // (VoteAccuracy).
  std::optional<MeanWithError> input_rate, code_rate, improvement, input_accuracy, code_accuracy;
};

struct NewScores {
  Distance distance = Distance::kL2;
  int64_t old_points = 0, new_points = 0;
  std::vector<NewScoresAt> at;  // one for each k
};

// Old and new points with their codes: u8 or f32 [n, …], and f32 [n, d]. Labels may be empty.
struct OldPoints {
  const Tensor& points;
  const Tensor& codes;
  std::span<const int32_t> labels;
};

// Throws a usage Error if points, codes and labels differ in number, for a k that is not in [1, old points],
// and as NearestNeighbours does.
NewScores ScoreNewCodes(const OldPoints& before, const OldPoints& added, Distance distance,
                        std::span<const int64_t> ks, int threads);

// Points without their codes.
struct LabelledPoints {
  const Tensor& points;
  std::span<const int32_t> labels;
};
// The codes of old and new points by one model.
struct OldAndNewCodes {
  const Tensor* before;
  const Tensor* added;
};
// The same for several codes of the same points, in little more time than for one.
std::vector<NewScores> ScoreNewCodes(const LabelledPoints& before, const LabelledPoints& added,
                                     std::span<const OldAndNewCodes> codes, Distance distance,
                                     std::span<const int64_t> ks, int threads);

// For sets that are too large to score each point: takes `sample` points out (SampledPoints), or half of all
// if there are fewer than twice as many, and scores them as new points among the others. Throws as
// ScoreNewCodes.
NewScores ScoreSampledCodes(const OldPoints& all, int64_t sample, Distance distance,
                            std::span<const int64_t> ks, int threads);

Json ToJson(const NewScores& scores);

}  // namespace hourglass
