#include "hourglass/study/neighbour_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "hourglass/core/text.h"
#include "hourglass/data/dataset.h"

namespace hourglass {
namespace {

using Row = std::vector<std::string>;

// Labels in a table: of more than kMostLabels, kEachEnd with the lowest scores and as many with the highest.
constexpr size_t kMostLabels = 20, kEachEnd = 5;

std::string Number(double value) {
  return fmt::format("{:.4f}", value);
}

// One text per neighbourhood size.
template <class At, class Value>
void Append(Row& row, const std::vector<At>& all, Value value) {
  for (const At& at : all) row.push_back(value(at));
}

void Append(Row& row, const std::vector<double>& values, size_t count, int digits) {
  for (size_t i = 0; i < count; ++i) {
    row.push_back(i < values.size() ? fmt::format("{:.{}f}", values[i], digits) : "–");
  }
}

void AppendHeader(Row& header, const std::vector<int64_t>& ks, const char* name) {
  for (const int64_t k : ks) header.push_back(fmt::format("{}@{}", name, k));
}

const PublishedNeighbours* Published(const NeighboursPlan& plan, const ScoredCode& code, Distance distance) {
  const auto found = std::ranges::find_if(plan.published, [&](const PublishedNeighbours& one) {
    return one.run == code.name && one.distance == distance;
  });
  return found == plan.published.end() ? nullptr : &*found;
}

bool Labelled(const ProbedNeighbours& probed) {
  return probed.codes.front().scores.front().at.front().labels.has_value();
}

// The share of an image's nearest in pixels that have its label, in words; "" if there are no labels.
std::string PixelRates(const ProbedNeighbours& probed, size_t d) {
  if (!Labelled(probed)) return "";
  const ScoredCode& code = probed.codes.front();
  Row sizes, rates, new_rates;
  for (const ScoresAt& at : code.scores[d].at) {
    sizes.push_back(fmt::format("{}", at.k));
    rates.push_back(fmt::format("{:.3f}", at.labels->input_rate));
  }
  for (const NewScoresAt& at : code.new_scores[d].at) {
    if (at.input_rate) new_rates.push_back(fmt::format("{:.3f}", at.input_rate->mean));
  }
  const std::string of_new =
      new_rates.empty() ? "" : fmt::format(", of a new image's {}", fmt::join(new_rates, " / "));
  return fmt::format(" The share of an image's {} nearest in pixels that have its label is {}{}.",
                     fmt::join(sizes, " / "), fmt::join(rates, " / "), of_new);
}

// "60,000 images, L2 in pixels and in the code. …"
std::string Caption(const ProbedNeighbours& probed, size_t d) {
  const NeighbourhoodScores& scores = probed.codes.front().scores[d];
  return fmt::format("{} images, {} in pixels and in the code.", Grouped(scores.n), Title(scores.distance)) +
         PixelRates(probed, d);
}

std::string Mean(const std::optional<MeanWithError>& value) {
  return value ? Number(value->mean) : "–";
}

// What the columns of new images are, with the largest standard error of the values that they show.
template <class NewValue>
std::string NewImages(const ProbedNeighbours& probed, size_t d, NewValue value) {
  double error = 0;
  for (const ScoredCode& code : probed.codes) {
    for (const NewScoresAt& at : code.new_scores[d].at) {
      const std::optional<MeanWithError> one = value(at);
      if (one) error = std::max(error, one->error);
    }
  }
  return fmt::format(
      " New: the same for {} held-out images among the training images, with standard errors up to {:.4f}.",
      Grouped(probed.codes.front().new_scores[d].new_points), error);
}

// One column per neighbourhood size for the training images, and one for new images; published rows (if any)
// and measured rows. `what` says what the values are.
template <class Value, class NewValue>
Table ValueTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d, const char* name,
                 std::vector<double> PublishedNeighbours::*published_values, Value value, NewValue new_value,
                 const char* what) {
  Table table{.header = {"code", "source"},
              .rows = {},
              .caption = Caption(probed, d) + what + NewImages(probed, d, new_value),
              .text_columns = 2};
  AppendHeader(table.header, plan.at, name);
  AppendHeader(table.header, plan.at, "new");
  for (const ScoredCode& code : probed.codes) {
    if (const PublishedNeighbours* published = Published(plan, code, probed.distances[d])) {
      Row row = {code.label, "published"};
      Append(row, published->*published_values, plan.at.size(), 4);
      row.resize(table.header.size(), "–");
      table.rows.push_back(std::move(row));
    }
    Row row = {code.label, "measured"};
    Append(row, code.scores[d].at, [&](const ScoresAt& at) { return Number(value(at)); });
    Append(row, code.new_scores[d].at, [&](const NewScoresAt& at) { return Mean(new_value(at)); });
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table ScoreTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  Table table = ValueTable(
      plan, probed, d, "score", &PublishedNeighbours::score, [](const ScoresAt& at) { return at.score; },
      [](const NewScoresAt& at) { return std::optional(at.score); },
      " Score: the share of an image's k nearest in pixels that are among its k nearest in the code; the "
      "same code scores higher on fewer images.");
  const ScoredCode& code = probed.codes.front();
  const auto images = static_cast<double>(code.new_scores[d].old_points);
  Row chance = {"any code", "by chance"};
  Append(chance, code.scores[d].at, [](const ScoresAt& at) { return Number(at.chance); });
  Append(chance, code.new_scores[d].at,
         [&](const NewScoresAt& at) { return Number(static_cast<double>(at.k) / images); });
  table.rows.push_back(std::move(chance));
  return table;
}

Table ImprovementTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  return ValueTable(
      plan, probed, d, "improvement", &PublishedNeighbours::improvement,
      [](const ScoresAt& at) { return at.labels->improvement; },
      [](const NewScoresAt& at) { return at.improvement; },
      " Improvement: the share of the k nearest with the image's label, in the code minus in pixels.");
}

Table SimilarityTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  Table table{.header = {"code", "source"}, .rows = {}, .caption = Caption(probed, d), .text_columns = 2};
  AppendHeader(table.header, plan.at, "similarity");
  const double factor = plan.similarity_factor;
  for (const ScoredCode& code : probed.codes) {
    const std::vector<ScoresAt>& at = code.scores[d].at;
    const PublishedNeighbours* published = Published(plan, code, probed.distances[d]);
    if (published != nullptr) {
      Row row = {code.label, "published"};
      Append(row, published->similarity, plan.at.size(), factor == 1 ? 4 : 0);
      table.rows.push_back(std::move(row));
    }
    if (published != nullptr && factor != 1) {
      Row row = {code.label, fmt::format("measured × {:g}", factor)};
      Append(row, at,
             [&](const ScoresAt& one) { return fmt::format("{:.0f}", one.labels->similarity * factor); });
      table.rows.push_back(std::move(row));
    }
    Row row = {code.label, "measured"};
    Append(row, at, [](const ScoresAt& one) { return Number(one.labels->similarity); });
    table.rows.push_back(std::move(row));
  }
  table.caption += " Similarity: the mean absolute difference of the rates of equal labels, at most 1.";
  if (factor != 1) table.caption += fmt::format(" The published figures are that mean times {:g}.", factor);
  return table;
}

Table FieldTable(const ProbedNeighbours& probed, size_t d) {
  const NeighbourhoodScores& first = probed.codes.front().scores[d];
  Table table{.header = {"code", "score, random ties", "ties", "R_NX", "area of R_NX", "trustworthiness",
                         "new", "continuity", "MRRE, code", "MRRE, pixels"},
              .rows = {},
              .caption = Caption(probed, d)};
  for (const ScoredCode& code : probed.codes) {
    const ScoresAt& at = ScoresOf(code, probed.distances[d], first.kept_k);
    const AllSizes& sizes = code.scores[d].all_sizes;
    table.rows.push_back({code.label, Number(at.expected_score), Grouped(at.code_ties), Number(at.rnx),
                          fmt::format("{:.4f} ± {:.4f}", sizes.area, sizes.standard_error),
                          Number(at.trustworthiness),
                          Mean(NewScoresOf(code, probed.distances[d], first.kept_k).trustworthiness),
                          Number(at.continuity), Number(at.code_rank_error), Number(at.input_rank_error)});
  }
  table.caption +=
      NewImages(probed, d, [](const NewScoresAt& at) { return std::optional(at.trustworthiness); });
  table.caption += fmt::format(
      " At k = {0}; the area of R_NX over ln k covers all k up to {1}, from {2} images. Ties: images "
      "whose k-th and next neighbour in the code are equally far, so that their order in the data decides; "
      "random ties: the expected score if chance decides. R_NX: 0 by chance, 1 if all are kept. MRRE: "
      "mean relative rank error of the code's and of the pixels' nearest, 0 if all are kept.",
      first.kept_k, Grouped(first.n - 2), Grouped(first.all_sizes.points));
  return table;
}

// Rates of equal labels and kNN accuracies of the codes.
Table RateTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  const int64_t k = probed.codes.front().scores[d].kept_k;
  Table table{.header = {"code"}, .rows = {}, .caption = Caption(probed, d)};
  AppendHeader(table.header, plan.at, "rate");
  AppendHeader(table.header, plan.at, "new");
  table.header.push_back(fmt::format("kNN@{}, leave one out", k));
  table.header.push_back(fmt::format("kNN@{}, new", k));
  for (const ScoredCode& code : probed.codes) {
    Row row = {code.label};
    Append(row, code.scores[d].at, [](const ScoresAt& one) { return Number(one.labels->code_rate); });
    Append(row, code.new_scores[d].at, [](const NewScoresAt& one) { return Mean(one.code_rate); });
    row.push_back(Number(ScoresOf(code, probed.distances[d], k).labels->code_accuracy));
    row.push_back(Mean(NewScoresOf(code, probed.distances[d], k).code_accuracy));
    table.rows.push_back(std::move(row));
  }
  table.caption +=
      " Rate: the same share in the code. kNN: the share of images that a vote of their k nearest codes "
      "labels correctly.";
  table.caption += NewImages(probed, d, [](const NewScoresAt& at) { return at.code_rate; });
  return table;
}

// All labels if there are few, else those with the lowest and the highest scores, in that order.
std::vector<int> LabelsInTable(const std::map<int, double>& scores) {
  std::vector<std::pair<double, int>> sorted;
  std::vector<int> labels;
  for (const auto& [label, score] : scores) {
    labels.push_back(label);
    sorted.emplace_back(score, label);
  }
  if (labels.size() <= kMostLabels) return labels;
  std::ranges::sort(sorted);
  labels.clear();
  for (size_t i = 0; i < kEachEnd; ++i) labels.push_back(sorted[i].second);
  for (size_t i = sorted.size() - kEachEnd; i < sorted.size(); ++i) labels.push_back(sorted[i].second);
  return labels;
}

Table LabelTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  const int64_t k = probed.codes.front().scores[d].kept_k;
  Table table{.header = {"code", "source"}, .rows = {}, .caption = Caption(probed, d), .text_columns = 2};
  const auto& first = ScoresOf(probed.codes.front(), probed.distances[d], k).labels->score_by_label;
  const std::vector<int> labels = LabelsInTable(first);
  for (const int label : labels) table.header.push_back(ShownClassName(probed.class_names, label));
  for (const ScoredCode& code : probed.codes) {
    const PublishedNeighbours* published = Published(plan, code, probed.distances[d]);
    if (published != nullptr && labels.size() == first.size()) {
      Row row = {code.label, "published"};
      Append(row, published->score_by_label, labels.size(), 4);
      table.rows.push_back(std::move(row));
    }
    Row row = {code.label, "measured"};
    const auto& scores = ScoresOf(code, probed.distances[d], k).labels->score_by_label;
    for (const int label : labels) row.push_back(Number(scores.at(label)));
    table.rows.push_back(std::move(row));
  }
  table.caption += fmt::format(" score@{} over the images of each label.", k);
  if (labels.size() < first.size()) {
    table.caption += fmt::format(
        " Of {} labels, the {} with the lowest scores of {} and the {} with the highest are shown.",
        first.size(), kEachEnd, probed.codes.front().label, kEachEnd);
  }
  return table;
}

}  // namespace

std::vector<Table> NeighbourTables(const NeighboursPlan& plan, const ProbedNeighbours& probed) {
  const bool labelled = Labelled(probed);
  std::vector<Table> tables;
  for (size_t d = 0; d < probed.distances.size(); ++d) {
    tables.push_back(ScoreTable(plan, probed, d));
    if (labelled) tables.push_back(ImprovementTable(plan, probed, d));
    if (labelled) tables.push_back(SimilarityTable(plan, probed, d));
    if (labelled) tables.push_back(RateTable(plan, probed, d));
    tables.push_back(FieldTable(probed, d));
  }
  if (labelled) tables.push_back(LabelTable(plan, probed, probed.distances.size() - 1));
  return tables;
}

}  // namespace hourglass
