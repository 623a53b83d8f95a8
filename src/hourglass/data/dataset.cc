#include "hourglass/data/dataset.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"

namespace hourglass {

InMemoryDataset::InMemoryDataset(Tensor images, std::vector<uint8_t> labels)
    : images_(std::move(images)), labels_(std::move(labels)) {
  HOURGLASS_CHECK(images_.dtype() == DType::kU8 && images_.shape().rank() == 4);
  if (!labels_.empty() && labels_.size() != static_cast<size_t>(images_.rows())) {
    throw DataError({.what = "the numbers of images and labels differ",
                     .expected = fmt::format("{} labels, one an image", images_.rows()),
                     .got = fmt::format("{} labels", labels_.size()),
                     .hint = "do both files belong together?"});
  }
}

Shape InMemoryDataset::image_shape() const {
  return Shape(images_.shape().sizes().subspan(1));
}

void InMemoryDataset::Read(std::span<const int64_t> ids, Tensor& batch) const {
  batch.Resize(image_shape().Batched(static_cast<int64_t>(ids.size())), DType::kU8);
  const auto bytes = static_cast<size_t>(images_.row_size());
  const auto* from = images_.data<uint8_t>();
  auto* to = batch.data<uint8_t>();
  for (size_t row = 0; row < ids.size(); ++row) {
    HOURGLASS_CHECK(ids[row] >= 0 && ids[row] < size());
    std::memcpy(to + row * bytes, from + static_cast<size_t>(ids[row]) * bytes, bytes);
  }
}

Tensor ReadPixels(const Dataset& data, std::span<const int64_t> ids) {
  std::vector<int64_t> all;
  if (ids.empty()) {
    for (int64_t id = 0; id < data.size(); ++id) all.push_back(id);
    ids = all;
  }
  Tensor bytes;
  data.Read(ids, bytes);
  Tensor pixels(bytes.shape(), DType::kF32);
  const auto* from = bytes.data<uint8_t>();
  auto* to = pixels.data<float>();
  for (int64_t i = 0; i < bytes.size(); ++i) to[i] = static_cast<float>(from[i]) / 255.0f;
  return pixels;
}

}  // namespace hourglass
