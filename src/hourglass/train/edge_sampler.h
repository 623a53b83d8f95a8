// Chooses pairs of near images for each training step, for objectives that need neighbours.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/core/rng.h"
#include "hourglass/neighbours/neighbour_graph.h"
#include "hourglass/train/sampler.h"

namespace hourglass {

// A batch is batch / 2 edges of a graph: first an image of each, then, in the same order, the partners of
// these. An epoch of n images is n / 2 edges, rounded down, so it costs what an epoch of ImageSampler does;
// the last batch may be smaller. The first images follow one permutation after the other, across epochs: two
// epochs of an even number of images visit each once. The partner is a random one of those that share an edge
// with the image in the graph.
class EdgeSampler final : public Sampler {
 public:
  struct Settings {
    uint64_t seed = 0;
    int64_t batch = 2;         // rows, at least 2
    std::vector<int64_t> ids;  // of the graph's points
  };
  // Every point has an edge; there are at least 2. Throws a usage Error if the sizes do not fit.
  EdgeSampler(NeighbourGraph graph, Settings settings);

  int64_t images() const override { return 2 * edges(); }
  void Begin(int64_t epoch) override;
  SampledImages Next() override;

 private:
  int64_t edges() const { return graph_.size() / 2; }  // per epoch

  NeighbourGraph graph_;
  Settings settings_;
  Rng rng_;
  std::vector<int64_t> firsts_, seconds_;  // points, of the edges of the current epoch
  size_t done_ = 0;                        // edges
  std::vector<int64_t> ids_;               // of the current batch
  std::vector<int32_t> partners_;
};

}  // namespace hourglass
