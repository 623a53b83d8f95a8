#include "app/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/table.h"
#include "hourglass/core/text.h"
#include "hourglass/data/classes.h"

namespace hourglass::app {
namespace {

std::string Number(double value) {
  return fmt::format("{:.5f}", value);
}

// True if breaking ties at random would change the printed digits.
bool TiesShow(const NeighbourhoodScores& scores) {
  return std::ranges::any_of(
      scores.at, [](const ScoresAt& at) { return Number(at.score) != Number(at.expected_score); });
}

void PrintMeasures(const NeighbourhoodScores& scores) {
  const bool ties_show = TiesShow(scores);
  std::vector<std::string> header = {"k",          "score",      "chance",     "score/chance",
                                     "R_NX",       "trust",      "continuity", "MRRE code",
                                     "MRRE input", "ties input", "ties code"};
  if (ties_show) header.insert(header.begin() + 2, "random ties");
  std::vector<std::vector<std::string>> rows;
  for (const ScoresAt& at : scores.at) {
    rows.push_back({fmt::format("{}", at.k), Number(at.score), Number(at.chance),
                    fmt::format("{:.2f}", at.score / at.chance), Number(at.rnx), Number(at.trustworthiness),
                    Number(at.continuity), Number(at.code_rank_error), Number(at.input_rank_error),
                    fmt::format("{}", at.input_ties), fmt::format("{}", at.code_ties)});
    if (ties_show) rows.back().insert(rows.back().begin() + 2, Number(at.expected_score));
  }
  fmt::print("{} in input and code, {} points\n", Title(scores.distance), Grouped(scores.n));
  PrintTable(header, rows, 0);
}

void PrintAreas(const NeighbourhoodScores& scores) {
  const AllSizes& all = scores.all_sizes;
  const std::string from = all.points == scores.n
                               ? "from all points"
                               : fmt::format("± {:.5f}, estimated from {} of the {} points",
                                             all.standard_error, Grouped(all.points), Grouped(scores.n));
  fmt::print("area of R_NX over ln k, k = 1 to {}: {:.5f}\n",
             Grouped(static_cast<int64_t>(scores.qnx.size())), scores.rnx_area);
  fmt::print("area of R_NX over ln k, k = 1 to {}: {:.5f} {}\n\n", Grouped(scores.n - 2), all.area, from);
}

std::string From(int64_t some, int64_t all, const char* what) {
  return some < all ? fmt::format("{} of the {} {}", Grouped(some), Grouped(all), what)
                    : fmt::format("all {} {}", Grouped(all), what);
}

void PrintDistances(const NeighbourhoodScores& scores) {
  const DistanceScores& of = scores.distances;
  const auto number = [](const std::optional<double>& value) { return value ? Number(*value) : "-"; };
  std::string from =
      fmt::format("distances near and far, from {} and {} triplets",
                  From(of.pairs, scores.n * (scores.n - 1) / 2, "pairs"), Grouped(of.triplets));
  std::vector<std::string> header = {"stress", "Spearman", "triplets"};
  std::vector<std::string> row = {number(of.stress), number(of.spearman), number(of.triplet_accuracy)};
  if (scores.silhouette) {
    from += "; silhouette from " + From(scores.silhouette->points, scores.n, "points");
    header.push_back("silhouette");
    row.push_back(Number(scores.silhouette->mean));
  }
  fmt::print("{}\n", from);
  PrintTable(header, {row}, 0);
}

// Of many labels, those with the lowest values: the JSON output has all.
void PrintByLabel(const std::string& name, int64_t k, const std::map<int, double>& values,
                  std::span<const std::string> class_names) {
  constexpr size_t kMostLabels = 20, kLowest = 10;
  std::vector<std::pair<int, double>> shown(values.begin(), values.end());
  std::string which;
  if (shown.size() > kMostLabels) {
    which = fmt::format(", the lowest {} of {}", kLowest, shown.size());
    std::ranges::stable_sort(shown, {}, &std::pair<int, double>::second);
    shown.resize(kLowest);
  }
  std::string line = fmt::format("{}@{} by label{}:", name, k, which);
  std::vector<int32_t> labels;
  for (const auto& [label, value] : shown) labels.push_back(label);
  const std::map<int32_t, std::string> names = ClassKeys(class_names, labels);
  for (const auto& [label, value] : shown)
    line += fmt::format("  {} {:.4f}", Visible(names.at(label)), value);
  fmt::print("{}\n", line);
}

void PrintLabels(const NeighbourhoodScores& scores, std::span<const std::string> class_names) {
  std::vector<std::vector<std::string>> rows;
  for (const ScoresAt& at : scores.at) {
    const LabelScores& labels = *at.labels;
    rows.push_back({fmt::format("{}", at.k), Number(labels.input_rate), Number(labels.code_rate),
                    Number(labels.improvement), Number(labels.similarity), Number(labels.input_accuracy),
                    Number(labels.code_accuracy)});
  }
  PrintTable({"k", "rate input", "rate code", "improvement", "similarity", "kNN input", "kNN code"}, rows, 0);
  for (const ScoresAt& at : scores.at) {
    PrintByLabel("score", at.k, at.labels->score_by_label, class_names);
  }
  for (const ScoresAt& at : scores.at) {
    PrintByLabel("rate code", at.k, at.labels->code_rate_by_label, class_names);
  }
  fmt::print("\n");
}

}  // namespace

std::vector<int64_t> DefaultSizes(int64_t most) {
  std::vector<int64_t> ks = ScoreOptions().ks;
  std::erase_if(ks, [&](int64_t k) { return k > most; });
  if (ks.empty()) ks = {std::max<int64_t>(most, 1)};
  return ks;
}

std::vector<NeighbourhoodScores> ScoresOf(const Points& points, const Tensor& codes,
                                          const CodeNeighbourOptions& options) {
  const Tensor* one[] = {&codes};
  std::vector<NeighbourhoodScores> scores;
  for (auto& of_distance : ScoreByDistances(points.values, one, points.labels, options)) {
    scores.push_back(std::move(of_distance.front()));
  }
  return scores;
}

void PrintScores(const NeighbourhoodScores& scores, std::span<const std::string> class_names) {
  PrintMeasures(scores);
  PrintAreas(scores);
  PrintDistances(scores);
  if (scores.at.front().labels) PrintLabels(scores, class_names);
}

void PrintNewScores(const NewScores& scores, std::string_view points, std::string_view others) {
  fmt::print("{} {} points among {} {}, {}\n", Grouped(scores.new_points), points, Grouped(scores.old_points),
             others, Title(scores.distance));
  const auto number = [](const MeanWithError& value) {
    return fmt::format("{:.4f} ± {:.4f}", value.mean, value.error);
  };
  const auto optional = [&](const std::optional<MeanWithError>& value) {
    return value ? number(*value) : "-";
  };
  std::vector<std::vector<std::string>> rows;
  for (const NewScoresAt& at : scores.at) {
    rows.push_back({fmt::format("{}", at.k), number(at.score), number(at.trustworthiness),
                    optional(at.input_rate), optional(at.code_rate), optional(at.improvement),
                    optional(at.input_accuracy), optional(at.code_accuracy)});
  }
  PrintTable({"k", "score", "trust", "rate input", "rate code", "improvement", "kNN input", "kNN code"}, rows,
             0);
}

Json ScoresJson(const Points& points, const std::vector<NeighbourhoodScores>& scores,
                const std::vector<NewScores>& new_scores) {
  Json json = {{"schema_version", 1}, {"points", points.name}, {"results", Json::array()}};
  for (const NeighbourhoodScores& one : scores) json["results"].push_back(ToJson(one, points.class_names));
  for (const NewScores& one : new_scores) json["new"].push_back(ToJson(one));
  return json;
}

}  // namespace hourglass::app
