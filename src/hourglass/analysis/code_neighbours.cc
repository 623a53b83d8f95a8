#include "hourglass/analysis/code_neighbours.h"

#include <algorithm>

#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/neighbours/measures.h"
#include "hourglass/analysis/neighbours/neighbour_files.h"

namespace hourglass {

std::vector<NeighbourhoodScores> ScoreByDistances(const Tensor& input, const Tensor& codes,
                                                  std::span<const uint8_t> labels,
                                                  const CodeNeighbourOptions& options) {
  ScoreOptions scores = options.scores;
  std::erase_if(scores.ks, [&](int64_t k) { return k > options.k; });
  const Tensor* all[] = {&codes};
  std::vector<NeighbourhoodScores> results;
  for (const Distance distance : options.distances) {
    NeighbourOptions search = {.distance = distance,
                               .k = options.k + 1,  // one more shows the ties
                               .threads = scores.threads,
                               .progress = {}};
    if (scores.progress) {
      search.progress = [&](double share) { scores.progress("neighbours of inputs", share); };
    }
    const Neighbours nearest =
        options.keep.empty() ? NearestNeighbours(input, search) : KeptNeighbours(options.keep, input, search);
    results.push_back(std::move(ScoreCodes(input, nearest, all, labels, scores).front()));
  }
  return results;
}

std::vector<double> HeldOutAccuracy(const Autoencoder& model, const DataSplits& data, Distance distance,
                                    std::span<const int64_t> ks, int threads) {
  const Neighbours nearest = NearestNeighbours(
      EncodeAll(model, *data.train), EncodeAll(model, *data.held_out),
      {.distance = distance, .k = std::ranges::max(ks), .threads = threads, .progress = {}});
  std::vector<double> accuracies;
  for (const int64_t k : ks) {
    accuracies.push_back(VoteAccuracy(nearest, data.train->labels(), data.held_out->labels(), k));
  }
  return accuracies;
}

}  // namespace hourglass
