#include "hourglass/train/edge_sampler.h"

#include <algorithm>
#include <utility>

#include "hourglass/core/require.h"

namespace hourglass {

EdgeSampler::EdgeSampler(NeighbourGraph graph, Settings settings)
    : graph_(std::move(graph)), settings_(std::move(settings)), rng_(settings_.seed, Stream::kEdges) {
  RequireAtLeast("number of images in a graph", graph_.size(), 2);
  RequireAtLeast("batch of edges", settings_.batch, 2);
  RequireEqual("number of ids", static_cast<int64_t>(settings_.ids.size()), graph_.size());
}

void EdgeSampler::Begin(int64_t epoch) {
  RequireAtLeast("epoch", epoch, 1);
  firsts_.clear();
  seconds_.clear();
  done_ = 0;
  const int64_t n = graph_.size(), begin = (epoch - 1) * edges(), end = epoch * edges();
  std::vector<int64_t> order;
  for (int64_t at = begin; at < end; ++at) {
    const auto turn = static_cast<uint32_t>(at / n);
    if (order.empty() || at % n == 0) order = Permutation(rng_, turn, n);
    const int64_t first = order[static_cast<size_t>(at % n)];
    const auto near = graph_.Of(first);
    // Permutation takes element 0.
    const auto choice = rng_.Below(static_cast<uint32_t>(near.size()), turn, static_cast<uint64_t>(first), 1);
    firsts_.push_back(first);
    seconds_.push_back(near[choice]);
  }
}

SampledImages EdgeSampler::Next() {
  const size_t count = std::min(static_cast<size_t>(settings_.batch / 2), firsts_.size() - done_);
  ids_.clear();
  partners_.clear();
  for (const auto* points : {&firsts_, &seconds_}) {
    for (size_t edge = 0; edge < count; ++edge) {
      const bool first = points == &firsts_;
      ids_.push_back(settings_.ids[static_cast<size_t>((*points)[done_ + edge])]);
      partners_.push_back(static_cast<int32_t>(first ? count + edge : edge));
    }
  }
  done_ += count;
  return {.ids = ids_, .partners = partners_};
}

}  // namespace hourglass
