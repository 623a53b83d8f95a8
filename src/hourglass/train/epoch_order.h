// The order in which an epoch visits the images.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/core/torch_generator.h"

namespace hourglass {

// Gives the orders of PyTorch's torch.randperm(images), called once per epoch after torch.manual_seed(seed)
// and the initialisation of a model. Each order depends only on the constructor's arguments and the epoch, so
// no state needs saving.
class EpochOrder {
 public:
  // `parameters`: the random numbers that initialisation consumes, one per model parameter.
  EpochOrder(uint64_t seed, int64_t parameters, int64_t images);

  // The numbers 0 … images - 1 in the order of `epoch` (from 1). Epochs may be requested in any order; the
  // next epoch is fast, but any other draws the numbers of all earlier epochs. Throws a usage Error for an
  // epoch below 1.
  std::vector<int64_t> Of(int64_t epoch);
  int64_t images() const { return images_; }

 private:
  void GoTo(int64_t epoch);

  uint64_t seed_;
  int64_t parameters_, images_;
  TorchGenerator generator_;
  int64_t next_;  // the epoch whose numbers the generator produces next
};

}  // namespace hourglass
