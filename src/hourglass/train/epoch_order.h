// In which order an epoch takes the images.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/core/torch_generator.h"

namespace hourglass {

// The orders that PyTorch's torch.randperm(images) gives, called once an epoch after torch.manual_seed(seed)
// and the initialisation of a model. Each is a function of these numbers and of the epoch: no state to be
// saved.
class EpochOrder {
 public:
  // `parameters`: how many random numbers the initialisation takes, one a parameter of the model.
  EpochOrder(uint64_t seed, int64_t parameters, int64_t images);

  // The numbers 0 … images - 1 in the order of epoch `epoch`, from 1. Any epoch may be asked for; going on
  // from one to the next is fast, going elsewhere draws the numbers of all epochs before.
  std::vector<int64_t> Of(int64_t epoch);
  int64_t images() const { return images_; }

 private:
  void GoTo(int64_t epoch);

  uint64_t seed_;
  int64_t parameters_, images_;
  TorchGenerator generator_;
  int64_t next_;  // the epoch whose numbers the generator gives next
};

}  // namespace hourglass
