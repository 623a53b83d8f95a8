#include "hourglass/neighbours/new_scores.h"

#include <algorithm>
#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/neighbours/all_sizes.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/nearest_label.h"
#include "hourglass/neighbours/ranks.h"

namespace hourglass {
namespace {

void CheckSizes(const OldPoints& side, std::string_view what) {
  RequireEqual(what, side.codes.rows(), side.points.rows());
  if (!side.labels.empty()) RequireEqual("number of labels", std::ssize(side.labels), side.points.rows());
}

MeanWithError WithError(const std::vector<double>& values) {
  const double mean = MeanOf(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto n = static_cast<double>(values.size());
  return {mean, n > 1 ? std::sqrt(squares / (n - 1) / n) : 0};
}

// For each query, the share of its k nearest that carry its label.
MeanWithError SameLabel(const Neighbours& nearest, std::span<const int32_t> labels,
                        std::span<const int32_t> truth, int64_t k) {
  std::vector<double> shares;
  for (int64_t i = 0; i < nearest.n; ++i) {
    const auto of = nearest.Of(i).first(static_cast<size_t>(k));
    const auto same =
        std::ranges::count_if(of, [&](uint32_t j) { return labels[j] == truth[static_cast<size_t>(i)]; });
    shares.push_back(static_cast<double>(same) / static_cast<double>(k));
  }
  return WithError(shares);
}

MeanWithError Accuracy(const Neighbours& nearest, std::span<const int32_t> labels,
                       std::span<const int32_t> truth, int64_t k) {
  const std::vector<int32_t> votes = MajorityLabels(nearest, k, labels);
  std::vector<double> right;
  for (size_t i = 0; i < votes.size(); ++i) right.push_back(votes[i] == truth[i] ? 1 : 0);
  return WithError(right);
}

Json ToJson(const MeanWithError& value) {
  return {{"mean", value.mean}, {"standard_error", value.error}};
}

// Some of the rows of points, copied.
class Rows {
 public:
  Rows(const OldPoints& all, std::span<const int64_t> ids)
      : points_(GatherRows(all.points, ids)), codes_(GatherRows(all.codes, ids)) {
    if (all.labels.empty()) return;
    for (const int64_t id : ids) labels_.push_back(all.labels[static_cast<size_t>(id)]);
  }
  OldPoints View() const { return {points_, codes_, labels_}; }

 private:
  Tensor points_, codes_;
  std::vector<int32_t> labels_;
};

}  // namespace

NewScores ScoreNewCodes(const OldPoints& before, const OldPoints& added, Distance distance,
                        std::span<const int64_t> ks, int threads) {
  CheckSizes(before, "number of codes");
  CheckSizes(added, "number of new codes");
  RequireAtLeast("number of new points", added.points.rows(), 1);
  if (ks.empty()) throw UsageError({.what = "no neighbourhood size to score"});
  for (const int64_t k : ks) RequireBetween("k", k, 1, before.points.rows());
  const NeighbourOptions search = {.distance = distance, .k = std::ranges::max(ks), .threads = threads};
  const Neighbours input = NearestNeighbours(before.points, added.points, search);
  const Neighbours code = NearestNeighbours(before.codes, added.codes, search);
  const std::vector<uint32_t> ranks =
      RanksOf(before.points, added.points, code.indices, {.distance = distance, .threads = threads});
  const RankedLists listed = {.n = code.n, .k = code.k, .ranks = ranks};
  NewScores scores = {distance, before.points.rows(), added.points.rows(), {}};
  for (const int64_t k : ks) {
    NewScoresAt& at = scores.at.emplace_back();
    at.k = k;
    at.score = WithError(KeptShares(input, code, k));
    at.trustworthiness = WithError(PointTrustworthiness(listed, k, before.points.rows()));
    if (before.labels.empty() || added.labels.empty()) continue;
    at.input_rate = SameLabel(input, before.labels, added.labels, k);
    at.code_rate = SameLabel(code, before.labels, added.labels, k);
    at.input_accuracy = Accuracy(input, before.labels, added.labels, k);
    at.code_accuracy = Accuracy(code, before.labels, added.labels, k);
  }
  return scores;
}

NewScores ScoreSampledCodes(const OldPoints& all, int64_t sample, Distance distance,
                            std::span<const int64_t> ks, int threads) {
  CheckSizes(all, "number of codes");
  const int64_t n = all.points.rows();
  const std::vector<uint32_t> taken = SampledPoints(n, std::min(sample, n / 2));
  std::vector<int64_t> out(taken.begin(), taken.end()), rest;
  for (int64_t i = 0; i < n; ++i) {
    if (!std::ranges::binary_search(out, i)) rest.push_back(i);
  }
  const Rows before(all, rest), added(all, out);
  return ScoreNewCodes(before.View(), added.View(), distance, ks, threads);
}

Json ToJson(const NewScores& scores) {
  Json json = {{"distance", Name(scores.distance)},
               {"old_points", scores.old_points},
               {"new_points", scores.new_points},
               {"at", Json::array()}};
  for (const NewScoresAt& at : scores.at) {
    Json one = {{"k", at.k}, {"score", ToJson(at.score)}, {"trustworthiness", ToJson(at.trustworthiness)}};
    if (at.input_rate) {
      one["labels"] = {{"input_rate", ToJson(*at.input_rate)},
                       {"code_rate", ToJson(*at.code_rate)},
                       {"input_accuracy", ToJson(*at.input_accuracy)},
                       {"code_accuracy", ToJson(*at.code_accuracy)}};
    }
    json["at"].push_back(one);
  }
  return json;
}

}  // namespace hourglass
