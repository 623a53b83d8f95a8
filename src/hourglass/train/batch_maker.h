// Makes batches: gathers images by id and corrupts their input.
#pragma once

#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"
#include "hourglass/objective/batch.h"

namespace hourglass {

class BatchMaker {
 public:
  // Makes batches of `precision` (f32 or bf16); corruption uses random numbers from `seed`. The backend must
  // outlive this object.
  BatchMaker(Backend& backend, DType precision, uint64_t seed);

  // Images `ids` of `data`, with the input corrupted by the random numbers of (epoch, id). Valid until the
  // next call; `ids` must live as long.
  Batch Make(const Dataset& data, std::span<const int64_t> ids, const Corruption& corruption, uint32_t epoch);

 private:
  void Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x);

  Backend& backend_;
  DType precision_;
  Rng noise_;
  Tensor input_, target_;  // reused in every step
  PixelRoom room_;         // for data that is not in memory
};

}  // namespace hourglass
