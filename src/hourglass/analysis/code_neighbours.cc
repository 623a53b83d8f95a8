#include "hourglass/analysis/code_neighbours.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/neighbour_files.h"

namespace hourglass {

// The (k + 1)-th neighbour must exist, because it shows whether there is a tie.
void CheckNeighbours(int64_t n, int64_t k) {
  if (n < 3) {
    throw UsageError(
        {.what = "comparing neighbourhoods needs at least three points", .got = fmt::format("{}", n)});
  }
  const int64_t most = std::min(n - 2, kMostNeighbours - 1);
  if (k >= 1 && k <= most) return;
  throw UsageError({.what = fmt::format("{} neighbours of each point cannot be compared", k),
                    .expected = fmt::format("1 to {}, for {} points", most, Grouped(n)),
                    .got = fmt::format("k = {}", k)});
}

std::vector<std::vector<NeighbourhoodScores>> ScoreByDistances(const Tensor& input,
                                                               std::span<const Tensor* const> codes,
                                                               std::span<const int32_t> labels,
                                                               const CodeNeighbourOptions& options) {
  const ScoreOptions& scores = options.scores;
  CheckNeighbours(input.rows(), options.k);
  std::vector<std::vector<NeighbourhoodScores>> results;
  for (const Distance distance : options.distances) {
    NeighbourOptions search = {.distance = distance,
                               .k = options.k + 1,  // one more shows ties
                               .threads = scores.threads,
                               .progress = {}};
    if (scores.progress) {
      search.progress = [&](double share) { scores.progress("neighbours of inputs", share); };
    }
    const Neighbours nearest =
        options.keep.empty() ? NearestNeighbours(input, search) : KeptNeighbours(options.keep, input, search);
    results.push_back(ScoreCodes(input, nearest, codes, labels, scores));
  }
  return results;
}

std::vector<double> HeldOutAccuracy(const Tensor& train_codes, const Tensor& held_out_codes,
                                    const DataSplits& data, Distance distance, std::span<const int64_t> ks,
                                    int threads) {
  const Neighbours nearest = NearestNeighbours(
      train_codes, held_out_codes,
      {.distance = distance, .k = std::ranges::max(ks), .threads = threads, .progress = {}});
  std::vector<double> accuracies;
  for (const int64_t k : ks) {
    accuracies.push_back(VoteAccuracy(nearest, data.train->labels(), data.held_out->labels(), k));
  }
  return accuracies;
}

}  // namespace hourglass
