#include "hourglass/backend/cpu/augment.h"

#include <algorithm>

namespace hourglass::cpu {
namespace {

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

}  // namespace

template <class T>
void AugmentImage(const Augmentation& augmentation, const Rng& rng, uint32_t epoch, uint64_t sample,
                  const Shape& images, const T* x, T* y) {
  const int64_t C = images[1], H = images[2], W = images[3];
  const bool mirror = augmentation.flip && rng.Below(2, epoch, sample, 0) == 1;
  const auto places = static_cast<uint32_t>(2 * augmentation.shift + 1);
  const int64_t down = rng.Below(places, epoch, sample, 1) - augmentation.shift,
                right = rng.Below(places, epoch, sample, 2) - augmentation.shift;
  for (int64_t c = 0; c < C; ++c) {
    for (int64_t h = 0; h < H; ++h) {
      T* row = y + (c * H + h) * W;
      MoveRow(x + (c * H + std::clamp(h - down, int64_t{0}, H - 1)) * W, W, right, row);
      if (mirror) std::reverse(row, row + W);
    }
  }
}

template void AugmentImage(const Augmentation&, const Rng&, uint32_t, uint64_t, const Shape&, const float*,
                           float*);
template void AugmentImage(const Augmentation&, const Rng&, uint32_t, uint64_t, const Shape&, const BFloat16*,
                           BFloat16*);

}  // namespace hourglass::cpu
