// Makes batches: gathers images by their ids and corrupts their input.
#pragma once

#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"
#include "hourglass/objective/batch.h"

namespace hourglass {

class BatchMaker {
 public:
  // Batches of `precision` (f32 or bf16); their corruption draws its numbers from `seed`. The backend must
  // outlive it.
  BatchMaker(Backend& backend, DType precision, uint64_t seed);

  // The images `ids` of `data`, the input corrupted by the numbers of (epoch, id). Valid until the next call;
  // `ids` must live as long.
  Batch Make(const Dataset& data, std::span<const int64_t> ids, const Corruption& corruption, uint32_t epoch);

 private:
  void Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x);

  Backend& backend_;
  DType precision_;
  Rng noise_;
  Tensor input_, target_;  // kept from step to step
  PixelRoom room_;         // of data that does not lie in memory
};

}  // namespace hourglass
