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

void CheckBatch(const TrainConfig& config) {
  if (config.batch < kLeastBatch) {
    throw UsageError({.what = "neighbourhoods are learned by comparing the images of a batch",
                      .expected = fmt::format("a batch of at least {}", kLeastBatch),
                      .got = fmt::format("{}", config.batch),
                      .setting = fmt::format("batch = {}", kLeastBatch)});
  }
}

void CheckNeighbours(const TrainConfig& config, int64_t images) {
  if (config.neighbourhood_k >= images) {
    throw UsageError({.what = "there are too few images for as many neighbours",
                      .expected = fmt::format("fewer neighbours than images, {}", images),
                      .got = fmt::format("{}", config.neighbourhood_k),
                      .setting = "neighbourhood_k"});
  }
}

// Each of `count` points shares an edge with itself only.
NeighbourGraph Loops(int64_t count) {
  NeighbourGraph graph;
  for (int64_t i = 0; i <= count; ++i) graph.begin.push_back(i);
  for (int64_t i = 0; i < count; ++i) graph.points.push_back(static_cast<uint32_t>(i));
  return graph;
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

std::unique_ptr<Sampler> MakeSampler(const TrainConfig& config, EncoderLesson lesson, const Dataset& images,
                                     const Model& model, int threads, std::string& warning) {
  const auto seed = static_cast<uint64_t>(config.seed);
  std::vector<int64_t> ids = TrainedImages(seed, images.size(), config.batch, config.overfit_batches);
  const auto count = static_cast<int64_t>(ids.size());
  const bool views = lesson == EncoderLesson::kViews;
  if (!views && ParseNeighbourhood(config.neighbourhood).weight == 0) {
    return std::make_unique<ImageSampler>(ImageSampler::Settings{
        .seed = seed, .batch = config.batch, .ids = std::move(ids), .parameters = model.layout().count()});
  }
  CheckBatch(config);
  if (!views) CheckNeighbours(config, count);
  NeighbourGraph graph = views ? Loops(count) : GraphOf(config, images, ids, threads, warning);
  return std::make_unique<EdgeSampler>(
      std::move(graph), EdgeSampler::Settings{.seed = seed, .batch = config.batch, .ids = std::move(ids)});
}

}  // namespace hourglass
