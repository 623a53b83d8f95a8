// The built-in data set `digits`: synthetic handwritten digits in MNIST's format.
#pragma once

#include <cstdint>
#include <memory>

#include "hourglass/data/dataset.h"

namespace hourglass {

struct DigitsOptions {
  uint64_t seed = 0;
  int64_t train_count = 60000;
  int64_t test_count = 10000;
};

struct Digits {
  std::shared_ptr<const InMemoryDataset> train;
  std::shared_ptr<const InMemoryDataset> test;
};

// Draws both parts, u8 [count, 1, 28, 28], with labels 0 … 9 in equal numbers and random order. An image
// depends only on the seed and its index (test images are numbered after train), not on the number of
// threads. As in MNIST, the ink fits a box of 20 x 20 pixels, placed so that its centre of mass is as near as
// possible to the centre of the picture.
Digits DrawDigits(const DigitsOptions& options);

}  // namespace hourglass
