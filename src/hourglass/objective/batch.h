// The data of one training step.
#pragma once

#include <cstdint>
#include <span>

#include "hourglass/core/tensor.h"

namespace hourglass {

struct Batch {
  std::span<const int64_t> ids;  // of the images, one per row
  uint32_t epoch = 0;            // from 1; 0: an evaluation
  // Images [N, C, H, W], f32 or bf16, corrupted if the configuration asks for it; codes [N, d] of such images
  // for training the decoder alone.
  const Tensor& input;
  const Tensor& target;  // the images, clean; the same tensor as `input` if nothing is corrupted
  const Tensor* code_target = nullptr;  // f32 [N, d], for objectives that compare codes with it
  // For each row the row of a near image, or -1 for none; empty if the batch is not made of neighbours.
  std::span<const int32_t> partners = {};

  int64_t rows() const { return static_cast<int64_t>(ids.size()); }
};

}  // namespace hourglass
