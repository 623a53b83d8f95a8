// Small data sets with numbers that a test can compute itself, and the real MNIST if it is available.
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "hourglass/data/dataset.h"

namespace hourglass::test {

// `count` gray images of 4x4. `pixel(image, place)` gives their bytes; the class of image i is i modulo
// `classes`.
inline std::shared_ptr<InMemoryDataset> TinyImages(int64_t count, int classes,
                                                   const std::function<uint8_t(int64_t, int64_t)>& pixel) {
  Tensor images({count, 1, 4, 4}, DType::kU8);
  for (int64_t i = 0; i < images.size(); ++i) images.data<uint8_t>()[i] = pixel(i / 16, i % 16);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < count && classes > 0; ++i) labels.push_back(static_cast<int32_t>(i % classes));
  return std::make_shared<InMemoryDataset>(std::move(images), std::move(labels));
}

// Pixels without any pattern.
inline uint8_t Scrambled(int64_t image, int64_t place) {
  const auto x = static_cast<uint32_t>(image * 16 + place + 1) * 2654435761U;
  return static_cast<uint8_t>((x ^ (x >> 15)) * 2246822519U >> 24);
}

// A data set whose pixels are not in memory: each call decodes them into the caller's room.
class DecodedView : public Dataset {
 public:
  explicit DecodedView(std::shared_ptr<const Dataset> inner) : inner_(std::move(inner)) {}
  int64_t size() const override { return inner_->size(); }
  Shape image_shape() const override { return inner_->image_shape(); }
  std::span<const int32_t> labels() const override { return inner_->labels(); }
  LocatedPixels Locate(std::span<const int64_t> ids, PixelRoom& room) const override {
    PixelRoom own;
    const LocatedPixels located = inner_->Locate(ids, own);
    room.pixels = GatherRows(*located.images, located.rows);
    room.rows.resize(ids.size());
    std::iota(room.rows.begin(), room.rows.end(), int64_t{0});
    return {&room.pixels, room.rows};
  }

 private:
  std::shared_ptr<const Dataset> inner_;
};

}  // namespace hourglass::test
