#include "hourglass/map/affinities.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

// Fills `values` with exp(-β (d - least)), and returns their entropy as a distribution.
double Weigh(std::span<const double> squares, double beta, std::span<double> values) {
  double sum = 0, weighted = 0;
  for (size_t j = 0; j < squares.size(); ++j) {
    const double distance = squares[j] - squares.front();
    values[j] = std::exp(-beta * distance);
    sum += values[j];
    weighted += distance * values[j];
  }
  for (double& value : values) value /= sum;
  return std::log(sum) + beta * weighted / sum;
}

// The distribution with this perplexity over neighbours at `squares`, which ascend.
void Distribute(std::span<const double> squares, double perplexity, std::span<double> values) {
  constexpr int kMostSteps = 100;
  constexpr double kTolerance = 1e-5;
  const double mean = (squares.back() - squares.front()) / 2, entropy = std::log(perplexity);
  double beta = mean > 0 ? 1 / mean : 1, low = 0, high = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kMostSteps; ++step) {
    const double excess = Weigh(squares, beta, values) - entropy;
    if (std::abs(excess) < kTolerance) return;
    (excess > 0 ? low : high) = beta;
    beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
    if (std::isinf(beta)) return;  // equal distances: no β lowers the entropy
  }
}

void CheckPerplexities(std::span<const double> perplexities, int64_t k) {
  for (const double perplexity : perplexities) {
    if (perplexity >= 1 && perplexity <= static_cast<double>(k)) continue;
    throw UsageError({.what = "bad perplexity",
                      .expected = fmt::format("a number from 1 to {}, the neighbours of a point", k),
                      .got = fmt::format("{}", perplexity),
                      .setting = "perplexity"});
  }
  if (perplexities.empty()) throw UsageError({.what = "no perplexity", .setting = "perplexity"});
}

// An entry of p_j|i, to be added to its transpose.
struct Entry {
  uint32_t column;
  float value;
};

}  // namespace

std::vector<float> ConditionalAffinities(const Neighbours& neighbours, std::span<const double> perplexities,
                                         Team& team) {
  CheckPerplexities(perplexities, neighbours.k);
  const auto k = static_cast<size_t>(neighbours.k);
  std::vector<float> all(static_cast<size_t>(neighbours.n) * k);
  team.For(neighbours.n, 1, [&](int, int64_t begin, int64_t end) {
    std::vector<double> squares(k), values(k);
    for (int64_t i = begin; i < end; ++i) {
      for (size_t j = 0; j < k; ++j) {
        const double distance = neighbours.DistanceOf(i, static_cast<int64_t>(j));
        squares[j] = neighbours.distance == Distance::kL1 ? distance * distance : distance;
      }
      float* const row = all.data() + static_cast<size_t>(i) * k;
      for (const double perplexity : perplexities) {
        Distribute(squares, perplexity, values);
        for (size_t j = 0; j < k; ++j) {
          row[j] += static_cast<float>(values[j] / static_cast<double>(perplexities.size()));
        }
      }
    }
  });
  return all;
}

Affinities MakeAffinities(const Neighbours& neighbours, std::span<const double> perplexities, Team& team) {
  const std::vector<float> conditional = ConditionalAffinities(neighbours, perplexities, team);
  const int64_t n = neighbours.n, k = neighbours.k;
  const auto size = static_cast<size_t>(n);
  // The transpose: for each point, who counts it as a neighbour.
  std::vector<int64_t> first(size + 1);
  for (const uint32_t j : neighbours.indices) ++first[j + 1];
  for (size_t i = 0; i < size; ++i) first[i + 1] += first[i];
  std::vector<Entry> transposed(neighbours.indices.size());
  std::vector<int64_t> next(first.begin(), first.end() - 1);
  for (size_t at = 0; at < neighbours.indices.size(); ++at) {
    const auto row = static_cast<uint32_t>(at / static_cast<size_t>(k));
    transposed[static_cast<size_t>(next[neighbours.indices[at]]++)] = {row, conditional[at]};
  }
  const float scale = 1 / (2 * static_cast<float>(n));
  // Calls visit(entries) with the merged row i, columns ascending.
  const auto merge = [&](int64_t i, std::vector<Entry>& row) {
    row.clear();
    for (int64_t at = i * k; at < (i + 1) * k; ++at) {
      row.push_back({neighbours.indices[static_cast<size_t>(at)], conditional[static_cast<size_t>(at)]});
    }
    row.insert(row.end(), transposed.begin() + first[static_cast<size_t>(i)],
               transposed.begin() + first[static_cast<size_t>(i) + 1]);
    std::ranges::stable_sort(row, {}, &Entry::column);
    size_t kept = 0;
    for (const Entry& entry : row) {
      if (entry.value == 0) continue;
      if (kept > 0 && row[kept - 1].column == entry.column) {
        row[kept - 1].value += entry.value;
      } else {
        row[kept++] = entry;
      }
    }
    row.resize(kept);
  };
  Affinities result = {.n = n, .begin = std::vector<int64_t>(size + 1), .columns = {}, .values = {}};
  team.For(n, 1, [&](int, int64_t begin, int64_t end) {
    std::vector<Entry> row;
    for (int64_t i = begin; i < end; ++i) {
      merge(i, row);
      constexpr int64_t kGrain = Affinities::kRowGrain;
      result.begin[static_cast<size_t>(i) + 1] = (std::ssize(row) + kGrain - 1) / kGrain * kGrain;
    }
  });
  for (size_t i = 0; i < size; ++i) result.begin[i + 1] += result.begin[i];
  result.columns.resize(static_cast<size_t>(result.begin.back()));
  result.values.resize(result.columns.size());
  team.For(n, 1, [&](int, int64_t begin, int64_t end) {
    std::vector<Entry> row;
    for (int64_t i = begin; i < end; ++i) {
      merge(i, row);
      auto at = static_cast<size_t>(result.begin[static_cast<size_t>(i)]);
      for (const Entry& entry : row) {
        result.columns[at] = entry.column;
        result.values[at++] = entry.value * scale;
      }
      std::fill(result.columns.begin() + static_cast<std::ptrdiff_t>(at),
                result.columns.begin() + result.begin[static_cast<size_t>(i) + 1], static_cast<uint32_t>(i));
    }
  });
  return result;
}

}  // namespace hourglass
