// Chooses the images of each training step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/train/epoch_order.h"

namespace hourglass {

// Batches of ids as a pure function of (seed, epoch): every image once, in the order of the epoch's
// permutation; the last batch may be smaller.
class Sampler {
 public:
  struct Settings {
    uint64_t seed = 0;
    int64_t batch = 1;
    int64_t images = 0;           // in the data
    int64_t overfit_batches = 0;  // train on this many batches only, the same in each epoch; 0: all
    int64_t parameters = 0;       // of the model: EpochOrder
  };
  explicit Sampler(const Settings& settings);

  int64_t images() const;  // per epoch
  // Starts epoch `epoch`, from 1.
  void Begin(int64_t epoch);
  // The ids of the next batch, valid until the next Begin; empty at the end of the epoch.
  std::span<const int64_t> Next();

 private:
  int64_t batch_;
  std::vector<int64_t> subset_;  // the only images to train on; empty: all
  EpochOrder order_;
  std::vector<int64_t> ids_;  // of the current epoch
  size_t done_ = 0;
};

}  // namespace hourglass
