#include "hourglass/study/neighbour_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/text.h"

namespace hourglass {
namespace {

using Row = std::vector<std::string>;

std::string Number(double value) {
  return fmt::format("{:.4f}", value);
}

// One text per neighbourhood size.
template <class Value>
void Append(Row& row, const std::vector<ScoresAt>& all, Value value) {
  for (const ScoresAt& at : all) row.push_back(value(at));
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

// "60,000 images, L2 in pixels and in the code. The share of an image's 5 / 10 / … nearest in pixels that
// have its label is 0.959 / …."
std::string Caption(const ProbedNeighbours& probed, size_t d) {
  const NeighbourhoodScores& scores = probed.codes.front().scores[d];
  std::string caption =
      fmt::format("{} images, {} in pixels and in the code.", Grouped(scores.n), Title(scores.distance));
  if (!Labelled(probed)) return caption;
  Row sizes, rates;
  Append(sizes, scores.at, [](const ScoresAt& at) { return fmt::format("{}", at.k); });
  Append(rates, scores.at, [](const ScoresAt& at) { return fmt::format("{:.3f}", at.labels->input_rate); });
  return caption + fmt::format(" The share of an image's {} nearest in pixels that have its label is {}.",
                               fmt::join(sizes, " / "), fmt::join(rates, " / "));
}

// One column per neighbourhood size; published rows (if any) and measured rows.
template <class Value>
Table ValueTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d, const char* name,
                 std::vector<double> PublishedNeighbours::*published_values, Value value) {
  Table table{.header = {"code", "source"}, .rows = {}, .caption = Caption(probed, d), .text_columns = 2};
  AppendHeader(table.header, plan.at, name);
  for (const ScoredCode& code : probed.codes) {
    if (const PublishedNeighbours* published = Published(plan, code, probed.distances[d])) {
      Row row = {code.label, "published"};
      Append(row, published->*published_values, plan.at.size(), 4);
      table.rows.push_back(std::move(row));
    }
    Row row = {code.label, "measured"};
    Append(row, code.scores[d].at, [&](const ScoresAt& at) { return Number(value(at)); });
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table ScoreTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  Table table = ValueTable(plan, probed, d, "score", &PublishedNeighbours::score,
                           [](const ScoresAt& at) { return at.score; });
  Row chance = {"any code", "by chance"};
  Append(chance, probed.codes.front().scores[d].at, [](const ScoresAt& at) { return Number(at.chance); });
  table.rows.push_back(std::move(chance));
  table.caption +=
      " Score: the share of an image's k nearest in pixels that are among its k nearest in the code; the "
      "same code scores higher on fewer images.";
  return table;
}

Table ImprovementTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  Table table = ValueTable(plan, probed, d, "improvement", &PublishedNeighbours::improvement,
                           [](const ScoresAt& at) { return at.labels->improvement; });
  table.caption +=
      " Improvement: the share of the k nearest with the image's label, in the code minus in pixels.";
  return table;
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
                         "continuity", "MRRE, code", "MRRE, pixels"},
              .rows = {},
              .caption = Caption(probed, d)};
  for (const ScoredCode& code : probed.codes) {
    const ScoresAt& at = ScoresOf(code, probed.distances[d], first.kept_k);
    const AllSizes& sizes = code.scores[d].all_sizes;
    table.rows.push_back({code.label, Number(at.expected_score), Grouped(at.code_ties), Number(at.rnx),
                          fmt::format("{:.4f} ± {:.4f}", sizes.area, sizes.standard_error),
                          Number(at.trustworthiness), Number(at.continuity), Number(at.code_rank_error),
                          Number(at.input_rank_error)});
  }
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
  table.header.push_back(fmt::format("kNN@{}, leave one out", k));
  const bool held_out = !probed.held_out.front().empty();
  if (held_out) table.header.push_back(fmt::format("kNN@{}, held out", k));
  for (size_t i = 0; i < probed.codes.size(); ++i) {
    const std::vector<ScoresAt>& at = probed.codes[i].scores[d].at;
    const auto place = static_cast<size_t>(std::ranges::find(at, k, &ScoresAt::k) - at.begin());
    Row row = {probed.codes[i].label};
    Append(row, at, [](const ScoresAt& one) { return Number(one.labels->code_rate); });
    row.push_back(Number(at[place].labels->code_accuracy));
    if (held_out) row.push_back(Number(probed.held_out[i][d][place]));
    table.rows.push_back(std::move(row));
  }
  table.caption +=
      " Rate: the same share in the code. kNN: the share of images that a vote of their k nearest codes "
      "labels correctly.";
  return table;
}

Table LabelTable(const NeighboursPlan& plan, const ProbedNeighbours& probed, size_t d) {
  const int64_t k = probed.codes.front().scores[d].kept_k;
  Table table{.header = {"code", "source"}, .rows = {}, .caption = Caption(probed, d), .text_columns = 2};
  const auto& labels = ScoresOf(probed.codes.front(), probed.distances[d], k).labels->score_by_label;
  for (const auto& [label, score] : labels) table.header.push_back(fmt::format("{}", label));
  for (const ScoredCode& code : probed.codes) {
    if (const PublishedNeighbours* published = Published(plan, code, probed.distances[d])) {
      Row row = {code.label, "published"};
      Append(row, published->score_by_label, labels.size(), 4);
      table.rows.push_back(std::move(row));
    }
    Row row = {code.label, "measured"};
    for (const auto& [label, score] : ScoresOf(code, probed.distances[d], k).labels->score_by_label) {
      row.push_back(Number(score));
    }
    table.rows.push_back(std::move(row));
  }
  table.caption += fmt::format(" score@{} over the images of each label.", k);
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
