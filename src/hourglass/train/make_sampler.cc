#include "hourglass/train/make_sampler.h"

#include <fmt/format.h>

#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/data/subset.h"
#include "hourglass/neighbours/neighbour_graph.h"
#include "hourglass/train/cached_neighbours.h"
#include "hourglass/train/edge_sampler.h"

namespace hourglass {
namespace {

// Two edges: the least number in which a row is pushed away from others than its partner.
constexpr int64_t kLeastBatch = 4;

void CheckEdges(const TrainConfig& config, int64_t images) {
  if (config.batch < kLeastBatch) {
    throw UsageError({.what = "the neighbourhood term compares the images of a batch",
                      .expected = fmt::format("a batch of at least {}", kLeastBatch),
                      .got = fmt::format("{}", config.batch),
                      .setting = fmt::format("batch = {}", kLeastBatch)});
  }
  if (config.neighbourhood_k >= images) {
    throw UsageError({.what = "there are too few images for as many neighbours",
                      .expected = fmt::format("fewer neighbours than images, {}", images),
                      .got = fmt::format("{}", config.neighbourhood_k),
                      .setting = "neighbourhood_k"});
  }
}

// The graph of the images `ids`.
NeighbourGraph GraphOf(const TrainConfig& config, const Dataset& images, const std::vector<int64_t>& ids,
                       int threads, std::string& warning) {
  // Does not own the data, which outlives it.
  const std::shared_ptr<const Dataset> all(std::shared_ptr<const Dataset>(), &images);
  const Subset chosen(all, ids);
  CachedNeighbours found = FindCachedNeighbours(
      chosen, {.distance = config.image_distance(), .k = config.neighbourhood_k, .threads = threads});
  warning = std::move(found.warning);
  return SymmetricGraph(found.neighbours);
}

}  // namespace

std::unique_ptr<Sampler> MakeSampler(const TrainConfig& config, const Dataset& images, const Model& model,
                                     int threads, std::string& warning) {
  const auto seed = static_cast<uint64_t>(config.seed);
  std::vector<int64_t> ids = TrainedImages(seed, images.size(), config.batch, config.overfit_batches);
  if (ParseNeighbourhood(config.neighbourhood).weight == 0) {
    return std::make_unique<ImageSampler>(ImageSampler::Settings{
        .seed = seed, .batch = config.batch, .ids = std::move(ids), .parameters = model.layout().count()});
  }
  CheckEdges(config, static_cast<int64_t>(ids.size()));
  NeighbourGraph graph = GraphOf(config, images, ids, threads, warning);
  return std::make_unique<EdgeSampler>(
      std::move(graph), EdgeSampler::Settings{.seed = seed, .batch = config.batch, .ids = std::move(ids)});
}

}  // namespace hourglass
