// A small data set of soft blobs, drawn with the library's random numbers, and a folder that removes itself.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/core/rng.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

inline Tensor BlobImages(int64_t count, int64_t side, uint64_t seed) {
  const Rng rng(seed, Stream::kDigits);
  Tensor images({count, 1, side, side}, DType::kU8);
  auto* pixel = images.data<uint8_t>();
  for (int64_t image = 0; image < count; ++image) {
    const auto sample = static_cast<uint64_t>(image);
    const float x = rng.Uniform(0, sample, 0) * static_cast<float>(side);
    const float y = rng.Uniform(0, sample, 1) * static_cast<float>(side);
    for (int64_t i = 0; i < side * side; ++i) {
      const float dx = static_cast<float>(i % side) - x, dy = static_cast<float>(i / side) - y;
      *pixel++ = static_cast<uint8_t>(255 * std::exp(-(dx * dx + dy * dy) / 6));
    }
  }
  return images;
}

inline DataSplits BlobSplits(int64_t train = 300, int64_t held_out = 40) {
  DataSplits data;
  data.name = "blobs";
  data.held_out_name = "test";
  data.train = std::make_shared<InMemoryDataset>(BlobImages(train, 8, 1), std::vector<int32_t>());
  data.held_out = std::make_shared<InMemoryDataset>(BlobImages(held_out, 8, 2), std::vector<int32_t>());
  data.checksum = std::string(64, 'a');
  return data;
}

// With this and kDivergingRate, every run diverges, whatever its seed: decoupled decay multiplies every
// parameter by 1 - 1e23 per step, and the second step overflows.
inline const std::vector<std::pair<std::string, std::string>> kDivergingDecay = {{"optimizer", "adamw"},
                                                                                 {"weight_decay", "0.01"}};
inline const char* const kDivergingRate = "1e25";

}  // namespace hourglass
