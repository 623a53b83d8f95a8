#include "hourglass/backend/cpu/augment.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "hourglass/backend/cpu/element.h"
#include "hourglass/backend/image_change.h"

namespace hourglass::cpu {
namespace {

// Of one sample.
struct SampleNumbers {
  const Rng& rng;
  uint32_t epoch;
  uint64_t sample;

  float Uniform(uint32_t number) const { return rng.Uniform(epoch, sample, number); }
  uint32_t Below(uint32_t bound, uint32_t number) const { return rng.Below(bound, epoch, sample, number); }
};

// y = x moved `right`, row by row of W pixels; the edges repeat.
template <class T>
void MoveRow(const T* x, int64_t W, int64_t right, T* y) {
  const int64_t moved = std::clamp(right, -W, W), kept = W - std::abs(moved);
  if (moved >= 0) {
    std::fill_n(y, moved, x[0]);
    std::copy_n(x, kept, y + moved);
  } else {
    std::copy_n(x - moved, kept, y);
    std::fill_n(y + kept, -moved, x[W - 1]);
  }
}

template <class T>
void MoveImage(const ImageChange& change, int64_t C, int64_t H, int64_t W, const T* x, T* y) {
  for (int64_t c = 0; c < C; ++c) {
    for (int64_t h = 0; h < H; ++h) {
      T* row = y + (c * H + h) * W;
      const int64_t from = std::clamp(h - change.down, int64_t{0}, H - 1);
      MoveRow(x + (c * H + from) * W, W, change.right, row);
      if (change.mirror) std::reverse(row, row + W);
    }
  }
}

// y = the part of x that the change shows, as large as x.
template <class T>
void CutImage(const ImageChange& change, int64_t C, int64_t H, int64_t W, const T* x, float* y) {
  std::vector<PixelPlace> columns;
  for (int64_t w = 0; w < W; ++w) columns.push_back(change.ColumnOf(w, W));
  for (int64_t c = 0; c < C; ++c) {
    for (int64_t h = 0; h < H; ++h) {
      const PixelPlace row = change.RowOf(h, H);
      const T* const upper = x + (c * H + row.first) * W;
      const T* const lower = x + (c * H + row.second) * W;
      const auto at = [](const T* pixels, const PixelPlace& place) {
        return Between(Wide(pixels[place.first]), Wide(pixels[place.second]), place.share);
      };
      for (const PixelPlace& column : columns)
        *y++ = Between(at(upper, column), at(lower, column), row.share);
    }
  }
}

void RecolourImage(const ImageChange& change, int64_t C, int64_t pixels, float* x) {
  for (int64_t pixel = 0; pixel < pixels; ++pixel, ++x) {
    float sum = 0;
    for (int64_t c = 0; c < C; ++c) sum += x[c * pixels];
    const float grey = sum / static_cast<float>(C);
    for (int64_t c = 0; c < C; ++c) x[c * pixels] = change.Recoloured(x[c * pixels], grey);
  }
}

}  // namespace

template <class T>
void AugmentImage(const Augmentation& augmentation, const Rng& rng, uint32_t epoch, uint64_t sample,
                  const Shape& images, const T* x, T* y) {
  const int64_t C = images[1], H = images[2], W = images[3];
  const ImageChange change = DrawImageChange(augmentation, SampleNumbers{rng, epoch, sample});
  if (augmentation.crop == 1 && !augmentation.recolours()) return MoveImage(change, C, H, W, x, y);
  std::vector<float> image(static_cast<size_t>(C * H * W));
  CutImage(change, C, H, W, x, image.data());
  if (augmentation.recolours()) RecolourImage(change, C, H * W, image.data());
  for (const float value : image) Set(value, *y++);
}

template void AugmentImage(const Augmentation&, const Rng&, uint32_t, uint64_t, const Shape&, const float*,
                           float*);
template void AugmentImage(const Augmentation&, const Rng&, uint32_t, uint64_t, const Shape&, const BFloat16*,
                           BFloat16*);

}  // namespace hourglass::cpu
