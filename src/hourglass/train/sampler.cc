#include "hourglass/train/sampler.h"

#include <algorithm>

#include "hourglass/core/rng.h"

namespace hourglass {
namespace {

// The same images in every epoch.
std::vector<int64_t> Subset(const Sampler::Settings& settings) {
  const int64_t count = settings.overfit_batches * settings.batch;
  if (count == 0 || count >= settings.images) return {};
  std::vector<int64_t> ids = Permutation(Rng(settings.seed, Stream::kPick), 0, settings.images);
  ids.resize(static_cast<size_t>(count));
  return ids;
}

int64_t ImagesOf(const std::vector<int64_t>& subset, int64_t all) {
  return subset.empty() ? all : static_cast<int64_t>(subset.size());
}

}  // namespace

Sampler::Sampler(const Settings& settings)
    : batch_(settings.batch),
      subset_(Subset(settings)),
      order_(settings.seed, settings.parameters, ImagesOf(subset_, settings.images)) {}

int64_t Sampler::images() const {
  return order_.images();
}

void Sampler::Begin(int64_t epoch) {
  ids_ = order_.Of(epoch);
  if (!subset_.empty()) {
    for (int64_t& id : ids_) id = subset_[static_cast<size_t>(id)];
  }
  done_ = 0;
}

std::span<const int64_t> Sampler::Next() {
  const size_t count = std::min(static_cast<size_t>(batch_), ids_.size() - done_);
  const auto ids = std::span(ids_).subspan(done_, count);
  done_ += count;
  return ids;
}

}  // namespace hourglass
