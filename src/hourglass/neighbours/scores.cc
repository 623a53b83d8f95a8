#include "hourglass/neighbours/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/data/classes.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/ranks.h"
#include "hourglass/neighbours/ties.h"

namespace hourglass {
namespace {

constexpr int64_t kShownK = 20;  // the size shown in pictures and tables by label

std::function<void(double)> Named(const ScoreOptions& options, const std::string& what) {
  if (!options.progress) return {};
  return [&options, what](double share) { options.progress(what, share); };
}

void Check(const Tensor& input, const Neighbours& nearest, std::span<const Tensor* const> codes,
           std::span<const int32_t> labels, const ScoreOptions& options) {
  const int64_t n = input.rows();
  if (options.ks.empty() || std::ranges::min(options.ks) < 1 || std::ranges::max(options.ks) > n - 2 ||
      std::ranges::max(options.ks) >= nearest.k) {
    throw UsageError({.what = "neighbourhoods of this size cannot be measured",
                      .expected = fmt::format("k from 1 to {}, below the numbers of points and neighbours",
                                              std::min(n - 2, nearest.k - 1)),
                      .got = options.ks.empty() ? "no k" : fmt::format("{}", std::ranges::max(options.ks))});
  }
  for (const Tensor* code : codes) {
    if (code->rows() == n && code->dtype() == DType::kF32 && nearest.n == n) continue;
    throw UsageError({.what = "inputs and codes do not match",
                      .expected = fmt::format("{} codes of f32, one per input", n),
                      .got = fmt::format("{} of {}", code->rows(), Name(code->dtype()))});
  }
  if (!labels.empty() && labels.size() != static_cast<size_t>(n)) {
    throw UsageError({.what = "inputs and labels do not match",
                      .expected = fmt::format("{} labels, one per input", n),
                      .got = fmt::format("{}", labels.size())});
  }
}

// The first k of each list.
std::vector<uint32_t> Shortened(const Neighbours& neighbours, int64_t k) {
  std::vector<uint32_t> lists;
  lists.reserve(static_cast<size_t>(neighbours.n * k));
  for (int64_t point = 0; point < neighbours.n; ++point) {
    const auto nearest = neighbours.Of(point).first(static_cast<size_t>(k));
    lists.insert(lists.end(), nearest.begin(), nearest.end());
  }
  return lists;
}

std::map<int, double> MeansByLabel(std::span<const double> values, std::span<const int32_t> labels) {
  std::map<int, double> means;
  std::map<int, int64_t> counts;
  for (size_t i = 0; i < labels.size(); ++i) {
    means[labels[i]] += values[i];
    ++counts[labels[i]];
  }
  for (auto& [label, mean] : means) mean /= static_cast<double>(counts[label]);
  return means;
}

LabelScores ScoreLabels(const Neighbours& input, const Neighbours& code, std::span<const int32_t> labels,
                        std::span<const double> kept, int64_t k) {
  LabelScores scores;
  const std::vector<double> before = SameLabelShares(input, labels, k);
  const std::vector<double> after = SameLabelShares(code, labels, k);
  std::vector<double> changes, sizes;
  for (size_t i = 0; i < labels.size(); ++i) {
    changes.push_back(after[i] - before[i]);
    sizes.push_back(std::abs(changes.back()));
  }
  scores.score_by_label = MeansByLabel(kept, labels);
  scores.input_rate_by_label = MeansByLabel(before, labels);
  scores.code_rate_by_label = MeansByLabel(after, labels);
  scores.input_rate = MeanOf(before);
  scores.code_rate = MeanOf(after);
  scores.improvement = MeanOf(changes);
  scores.similarity = MeanOf(sizes);
  scores.input_accuracy = VoteAccuracy(input, labels, labels, k);
  scores.code_accuracy = VoteAccuracy(code, labels, labels, k);
  return scores;
}

// All scores that depend only on the lists.
NeighbourhoodScores ScoreLists(const Neighbours& input, const Neighbours& code,
                               std::span<const int32_t> labels, const ScoreOptions& options) {
  NeighbourhoodScores scores;
  scores.distance = input.distance;
  scores.n = input.n;
  scores.qnx = QnxCurve(input, code);
  scores.qnx.resize(static_cast<size_t>(std::min(input.k - 1, input.n - 2)));
  scores.rnx_area = AreaOverLogK(scores.qnx, input.n);
  scores.kept_k = std::ranges::min(options.ks, {}, [](int64_t k) { return std::abs(k - kShownK); });
  for (const int64_t k : options.ks) {
    const std::vector<double> kept = KeptShares(input, code, k);
    ScoresAt at;
    at.k = k;
    at.score = scores.qnx[static_cast<size_t>(k - 1)];
    at.chance = static_cast<double>(k) / static_cast<double>(input.n - 1);
    at.rnx = Rnx(at.score, k, input.n);
    at.input_ties = TiesAt(input, k);
    at.code_ties = TiesAt(code, k);
    if (!labels.empty()) at.labels = ScoreLabels(input, code, labels, kept, k);
    if (k == scores.kept_k) scores.kept_shares.assign(kept.begin(), kept.end());
    scores.at.push_back(std::move(at));
  }
  return scores;
}

void ScoreRanks(const RankedLists& code, const RankedLists& input, NeighbourhoodScores& scores) {
  for (ScoresAt& at : scores.at) {
    at.trustworthiness = Trustworthiness(code, at.k);
    at.continuity = Trustworthiness(input, at.k);
    at.code_rank_error = MeanRelativeRankError(code, at.k);
    at.input_rank_error = MeanRelativeRankError(input, at.k);
  }
}

void ScoreTies(const TiedNeighbours& input, const TiedNeighbours& code, const ScoreOptions& options,
               NeighbourhoodScores& scores) {
  const std::vector<double> expected = ExpectedRecall(input, code, options.ks, options.threads);
  for (size_t i = 0; i < expected.size(); ++i) scores.at[i].expected_score = expected[i];
}

Json ToJson(const LabelScores& labels, std::span<const std::string> class_names) {
  return {{"score_by_label", ByClassKey(class_names, labels.score_by_label)},
          {"input_rate", labels.input_rate},
          {"code_rate", labels.code_rate},
          {"input_rate_by_label", ByClassKey(class_names, labels.input_rate_by_label)},
          {"code_rate_by_label", ByClassKey(class_names, labels.code_rate_by_label)},
          {"improvement", labels.improvement},
          {"similarity", labels.similarity},
          {"input_accuracy", labels.input_accuracy},
          {"code_accuracy", labels.code_accuracy}};
}

Json ToJson(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json ToJson(const DistanceScores& scores) {
  return {{"pairs", scores.pairs},
          {"stress", ToJson(scores.stress)},
          {"spearman", ToJson(scores.spearman)},
          {"triplets", scores.triplets},
          {"triplet_accuracy", ToJson(scores.triplet_accuracy)}};
}

Json ToJson(const AllSizes& sizes) {
  return {{"points", sizes.points},
          {"r_nx_area", sizes.area},
          {"standard_error", sizes.standard_error},
          {"k", sizes.ks},
          {"q_nx", sizes.qnx}};
}

}  // namespace

std::vector<NeighbourhoodScores> ScoreCodes(const Tensor& input, const Neighbours& input_nearest,
                                            std::span<const Tensor* const> codes,
                                            std::span<const int32_t> labels, const ScoreOptions& options) {
  Check(input, input_nearest, codes, labels, options);
  const Distance distance = input_nearest.distance;
  const int64_t n = input.rows(), largest = std::ranges::max(options.ks);
  std::vector<AllSizes> sizes = MeasureAllSizes(input, codes,
                                                {.distance = distance,
                                                 .points = options.area_points,
                                                 .threads = options.threads,
                                                 .progress = Named(options, "neighbourhoods of all sizes")});
  std::vector<DistanceScores> distances = MeasureDistances(input, codes, distance, options.threads);
  const TiedNeighbours tied_input = WithLastGroups(input, input_nearest, largest, options.threads);
  std::vector<NeighbourhoodScores> all;
  std::vector<std::vector<uint32_t>> lists;  // [code][n, largest k]; the rest is freed
  for (const Tensor* code : codes) {
    const Neighbours nearest = NearestNeighbours(*code, {.distance = distance,
                                                         .k = input_nearest.k,
                                                         .threads = options.threads,
                                                         .progress = Named(options, "neighbours of codes")});
    all.push_back(ScoreLists(input_nearest, nearest, labels, options));
    lists.push_back(Shortened(nearest, largest));
    ScoreTies(tied_input, WithLastGroups(*code, nearest, largest, options.threads), options, all.back());
  }
  if (codes.empty()) return all;
  const auto ranking = [&](const char* what) {
    return RankOptions{.distance = distance, .threads = options.threads, .progress = Named(options, what)};
  };
  const std::vector<std::span<const uint32_t>> views(lists.begin(), lists.end());
  lists = Apart(RanksOf(input, SideBySide(views, n), ranking("ranks in the input")), n, lists.size());
  const std::vector<uint32_t> input_lists = Shortened(input_nearest, largest);
  for (size_t i = 0; i < codes.size(); ++i) {
    const std::vector<uint32_t> in_code = RanksOf(*codes[i], input_lists, ranking("ranks in the code"));
    ScoreRanks({.n = n, .k = largest, .ranks = lists[i]}, {.n = n, .k = largest, .ranks = in_code}, all[i]);
    all[i].all_sizes = std::move(sizes[i]);
    all[i].distances = distances[i];
    if (!labels.empty()) all[i].silhouette = Silhouette(*codes[i], labels, distance, options.threads);
  }
  return all;
}

Json ToJson(const NeighbourhoodScores& scores, std::span<const std::string> class_names) {
  Json at = Json::array();
  for (const ScoresAt& one : scores.at) {
    Json json = {{"k", one.k},
                 {"score", one.score},
                 {"expected_score", one.expected_score},
                 {"chance", one.chance},
                 {"r_nx", one.rnx},
                 {"trustworthiness", one.trustworthiness},
                 {"continuity", one.continuity},
                 {"mrre_code", one.code_rank_error},
                 {"mrre_input", one.input_rank_error},
                 {"input_ties", one.input_ties},
                 {"code_ties", one.code_ties}};
    if (one.labels) json["labels"] = ToJson(*one.labels, class_names);
    at.push_back(std::move(json));
  }
  Json json = {{"distance", Name(scores.distance)},
               {"n", scores.n},
               {"at", std::move(at)},
               {"r_nx_area", scores.rnx_area},
               {"r_nx_area_to_k", scores.qnx.size()},
               {"q_nx", scores.qnx},
               {"all_sizes", ToJson(scores.all_sizes)},
               {"distances", ToJson(scores.distances)}};
  if (scores.silhouette) {
    json["silhouette"] = {{"points", scores.silhouette->points}, {"mean", scores.silhouette->mean}};
  }
  return json;
}

}  // namespace hourglass
