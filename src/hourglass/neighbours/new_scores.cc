#include "hourglass/neighbours/new_scores.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/neighbours/all_sizes.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/nearest_label.h"
#include "hourglass/neighbours/ranks.h"

namespace hourglass {
namespace {

void CheckLabels(const LabelledPoints& side) {
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
std::vector<double> SameLabel(const Neighbours& nearest, std::span<const int32_t> labels,
                              std::span<const int32_t> truth, int64_t k) {
  std::vector<double> shares;
  for (int64_t i = 0; i < nearest.n; ++i) {
    const auto of = nearest.Of(i).first(static_cast<size_t>(k));
    const auto same =
        std::ranges::count_if(of, [&](uint32_t j) { return labels[j] == truth[static_cast<size_t>(i)]; });
    shares.push_back(static_cast<double>(same) / static_cast<double>(k));
  }
  return shares;
}

MeanWithError Accuracy(const Neighbours& nearest, std::span<const int32_t> labels,
                       std::span<const int32_t> truth, int64_t k) {
  const std::vector<int32_t> votes = MajorityLabels(nearest, k, labels);
  std::vector<double> right;
  for (size_t i = 0; i < votes.size(); ++i) right.push_back(votes[i] == truth[i] ? 1 : 0);
  return WithError(right);
}

void ScoreLabels(const Neighbours& input, const Neighbours& code, std::span<const int32_t> labels,
                 std::span<const int32_t> truth, NewScoresAt& at) {
  const std::vector<double> before = SameLabel(input, labels, truth, at.k);
  const std::vector<double> after = SameLabel(code, labels, truth, at.k);
  std::vector<double> changes;
  std::ranges::transform(after, before, std::back_inserter(changes), std::minus());
  at.input_rate = WithError(before);
  at.code_rate = WithError(after);
  at.improvement = WithError(changes);
  at.input_accuracy = Accuracy(input, labels, truth, at.k);
  at.code_accuracy = Accuracy(code, labels, truth, at.k);
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

std::vector<NewScores> ScoreNewCodes(const LabelledPoints& before, const LabelledPoints& added,
                                     std::span<const OldAndNewCodes> codes, Distance distance,
                                     std::span<const int64_t> ks, int threads) {
  CheckLabels(before);
  CheckLabels(added);
  const int64_t n = before.points.rows(), m = added.points.rows();
  RequireAtLeast("number of new points", m, 1);
  if (ks.empty()) throw UsageError({.what = "no neighbourhood size to score"});
  for (const int64_t k : ks) RequireBetween("k", k, 1, n);
  const NeighbourOptions search = {.distance = distance, .k = std::ranges::max(ks), .threads = threads};
  const Neighbours input = NearestNeighbours(before.points, added.points, search);
  std::vector<Neighbours> nearest;
  std::vector<std::span<const uint32_t>> lists;
  nearest.reserve(codes.size());  // the lists stay where they are
  for (const OldAndNewCodes& code : codes) {
    RequireEqual("number of codes", code.before->rows(), n);
    RequireEqual("number of new codes", code.added->rows(), m);
    nearest.push_back(NearestNeighbours(*code.before, *code.added, search));
    lists.emplace_back(nearest.back().indices);
  }
  if (codes.empty()) return {};
  const auto ranks = Apart(
      RanksOf(before.points, added.points, SideBySide(lists, m), {.distance = distance, .threads = threads}),
      m, codes.size());
  std::vector<NewScores> all;
  for (size_t i = 0; i < codes.size(); ++i) {
    all.push_back({distance, n, m, {}});
    for (const int64_t k : ks) {
      NewScoresAt& at = all.back().at.emplace_back();
      at.k = k;
      at.score = WithError(KeptShares(input, nearest[i], k));
      at.trustworthiness = WithError(PointTrustworthiness({.n = m, .k = search.k, .ranks = ranks[i]}, k, n));
      if (before.labels.empty() || added.labels.empty()) continue;
      ScoreLabels(input, nearest[i], before.labels, added.labels, at);
    }
  }
  return all;
}

NewScores ScoreNewCodes(const OldPoints& before, const OldPoints& added, Distance distance,
                        std::span<const int64_t> ks, int threads) {
  const OldAndNewCodes codes[] = {{&before.codes, &added.codes}};
  return ScoreNewCodes({before.points, before.labels}, {added.points, added.labels}, codes, distance, ks,
                       threads)
      .front();
}

NewScores ScoreSampledCodes(const OldPoints& all, int64_t sample, Distance distance,
                            std::span<const int64_t> ks, int threads) {
  const int64_t n = all.points.rows();
  RequireEqual("number of codes", all.codes.rows(), n);
  CheckLabels({all.points, all.labels});
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
                       {"improvement", ToJson(*at.improvement)},
                       {"input_accuracy", ToJson(*at.input_accuracy)},
                       {"code_accuracy", ToJson(*at.code_accuracy)}};
    }
    json["at"].push_back(one);
  }
  return json;
}

}  // namespace hourglass
