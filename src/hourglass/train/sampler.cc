#include "hourglass/train/sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "hourglass/core/rng.h"

namespace hourglass {

std::vector<int64_t> TrainedImages(uint64_t seed, int64_t images, int64_t batch, int64_t batches) {
  const int64_t count = batches * batch;
  if (count > 0 && count < images) {
    std::vector<int64_t> ids = Permutation(Rng(seed, Stream::kPick), 0, images);
    ids.resize(static_cast<size_t>(count));
    return ids;
  }
  std::vector<int64_t> ids(static_cast<size_t>(images));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  return ids;
}

ImageSampler::ImageSampler(Settings settings)
    : settings_(std::move(settings)),
      order_(settings_.seed, settings_.parameters, static_cast<int64_t>(settings_.ids.size())) {}

void ImageSampler::Begin(int64_t epoch) {
  ids_ = order_.Of(epoch);
  for (int64_t& id : ids_) id = settings_.ids[static_cast<size_t>(id)];
  done_ = 0;
}

SampledImages ImageSampler::Next() {
  const size_t count = std::min(static_cast<size_t>(settings_.batch), ids_.size() - done_);
  const auto ids = std::span(ids_).subspan(done_, count);
  done_ += count;
  return {.ids = ids};
}

}  // namespace hourglass
