// Chooses the images of each training step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/train/epoch_order.h"

namespace hourglass {

// The images of a batch. Valid until the sampler is called again.
struct SampledImages {
  std::span<const int64_t> ids;            // one per row
  std::span<const int32_t> partners = {};  // as in Batch
};

// Batches of images as a pure function of its settings and the epoch.
class Sampler {
 public:
  virtual ~Sampler() = default;
  virtual int64_t images() const = 0;  // per epoch
  // Starts epoch `epoch`, from 1.
  virtual void Begin(int64_t epoch) = 0;
  // The next batch; empty at the end of the epoch.
  virtual SampledImages Next() = 0;
  // The images of the next batches of the epoch, in this order, as far as they are known.
  virtual std::span<const int64_t> Upcoming() const { return {}; }
};

// The images that a run trains on: `batches` batches of `batch` images, the same in every epoch, chosen at
// random; all images if `batches` is 0 or there are no more. Throws no Error.
std::vector<int64_t> TrainedImages(uint64_t seed, int64_t images, int64_t batch, int64_t batches);

// Every image once per epoch, in the order of the epoch's permutation; the last batch may be smaller.
class ImageSampler final : public Sampler {
 public:
  struct Settings {
    uint64_t seed = 0;
    int64_t batch = 1;
    std::vector<int64_t> ids;  // of the images
    int64_t parameters = 0;    // of the model: EpochOrder
  };
  explicit ImageSampler(Settings settings);

  int64_t images() const override { return order_.images(); }
  void Begin(int64_t epoch) override;
  SampledImages Next() override;
  std::span<const int64_t> Upcoming() const override { return std::span(ids_).subspan(done_); }

 private:
  Settings settings_;
  EpochOrder order_;
  std::vector<int64_t> ids_;  // of the current epoch
  size_t done_ = 0;
};

}  // namespace hourglass
