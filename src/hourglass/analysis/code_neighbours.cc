#include "hourglass/analysis/code_neighbours.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/neighbours/neighbour_files.h"

namespace hourglass {

// The (k + 1)-th neighbour must exist, because it shows whether there is a tie.
int64_t MostComparedNeighbours(int64_t n) {
  return std::min(n - 2, kMostNeighbours - 1);
}

void CheckNeighbours(int64_t n, int64_t k) {
  if (n < 3) {
    throw UsageError(
        {.what = "comparing neighbourhoods needs at least three points", .got = fmt::format("{}", n)});
  }
  const int64_t most = MostComparedNeighbours(n);
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

std::vector<std::vector<NewScores>> ScoreNewByDistances(const DataSplits& data,
                                                        std::span<const OldAndNewCodes> codes,
                                                        const CodeNeighbourOptions& options) {
  const ScoreOptions& scores = options.scores;
  const Tensor before = AllImages(*data.train), added = AllImages(*data.held_out);
  std::vector<std::vector<NewScores>> results;
  for (const Distance distance : options.distances) {
    if (scores.progress) {
      scores.progress("new images",
                      static_cast<double>(results.size()) / static_cast<double>(options.distances.size()));
    }
    results.push_back(ScoreNewCodes({before, data.train->labels()}, {added, data.held_out->labels()}, codes,
                                    distance, scores.ks, scores.threads));
  }
  return results;
}

}  // namespace hourglass
