#include "hourglass/train/batch_maker.h"

namespace hourglass {

BatchMaker::BatchMaker(Backend& backend, DType precision, uint64_t seed)
    : backend_(backend),
      precision_(precision),
      noise_(seed, Stream::kNoise),
      input_(backend.device()),
      target_(backend.device()) {}

Batch BatchMaker::Make(const Dataset& data, std::span<const int64_t> ids, const Corruption& corruption,
                       uint32_t epoch) {
  Gather(data, ids, input_);
  if (corruption.none()) return {ids, epoch, input_, input_};
  Gather(data, ids, target_);
  backend_.Corrupt(corruption, noise_, epoch, ids, input_);
  return {ids, epoch, input_, target_};
}

void BatchMaker::Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x) {
  const LocatedPixels located = data.Locate(ids, room_);
  backend_.GatherPixels(*located.images, located.rows, precision_, x);
}

}  // namespace hourglass
