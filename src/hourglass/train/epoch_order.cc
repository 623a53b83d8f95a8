#include "hourglass/train/epoch_order.h"

#include <algorithm>

#include "hourglass/core/require.h"

namespace hourglass {

EpochOrder::EpochOrder(uint64_t seed, int64_t parameters, int64_t images)
    : seed_(seed), parameters_(parameters), images_(images), generator_(seed) {
  GoTo(1);
}

std::vector<int64_t> EpochOrder::Of(int64_t epoch) {
  RequireAtLeast("epoch", epoch, 1);
  if (epoch != next_) GoTo(epoch);
  ++next_;
  return generator_.Permutation(images_);
}

void EpochOrder::GoTo(int64_t epoch) {
  const int64_t numbers = std::max<int64_t>(images_ - 1, 0);  // random numbers per permutation
  generator_ = TorchGenerator(seed_);
  generator_.Skip(static_cast<uint64_t>(parameters_ + (epoch - 1) * numbers));
  next_ = epoch;
}

}  // namespace hourglass
