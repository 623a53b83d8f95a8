// How an augmentation changes one image: the arithmetic, for processors and (being constexpr) for kernels.
#pragma once

#include <algorithm>
#include <cstdint>

#include "hourglass/backend/augmentation.h"

namespace hourglass {

// A place in a row or column of pixels: `share` of the way from one pixel to the next.
struct PixelPlace {
  int64_t first, second;
  float share;
};

// What was drawn for one image.
struct ImageChange {
  bool mirror = false;
  int64_t down = 0, right = 0;
  float side = 1, top = 0, left = 0;  // of the part that is shown, in shares of the image
  float brightness = 1, contrast = 1, saturation = 1;

  // Where the row `h` and the column `w` of the new image lie in the old one, of H rows and W columns.
  constexpr PixelPlace RowOf(int64_t h, int64_t H) const { return PlaceOf(h, H, top, down); }
  constexpr PixelPlace ColumnOf(int64_t w, int64_t W) const {
    return PlaceOf(mirror ? W - 1 - w : w, W, left, right);
  }
  // The new value of a channel of a pixel whose channels have the mean `grey`.
  constexpr float Recoloured(float value, float grey) const {
    value += (1 - saturation) * (grey - value);
    return std::clamp(value * (brightness * contrast) + (1 - contrast) / 2, 0.0f, 1.0f);
  }

 private:
  constexpr PixelPlace PlaceOf(int64_t pixel, int64_t pixels, float begin, int64_t moved) const {
    const auto size = static_cast<float>(pixels);
    const float centre = (static_cast<float>(pixel) + 0.5f) * side + begin * size;
    const float at = std::clamp(centre - 0.5f - static_cast<float>(moved), 0.0f, size - 1);
    const auto first = static_cast<int64_t>(at);
    return {first, std::min(first + 1, pixels - 1), at - static_cast<float>(first)};
  }
};

// The value that lies `share` of the way from one to another.
constexpr float Between(float from, float to, float share) {
  return from + share * (to - from);
}

// Draws the change of one image, by the random numbers that Backend::Augment names. `random` has
// Uniform(number) and Below(bound, number), as Rng has for one sample.
template <class Random>
constexpr ImageChange DrawImageChange(const Augmentation& augmentation, const Random& random) {
  const int64_t shift = augmentation.shift;
  const auto places = static_cast<uint32_t>(2 * shift + 1);
  const auto crop = static_cast<float>(augmentation.crop);
  const auto jitter = static_cast<float>(augmentation.colour_jitter);
  const auto factor = [&](uint32_t number) { return 1 + jitter * (2 * random.Uniform(number) - 1); };
  ImageChange change;
  change.mirror = augmentation.flip && random.Below(2, 0) == 1;
  change.down = int64_t{random.Below(places, 1)} - shift;
  change.right = int64_t{random.Below(places, 2)} - shift;
  if (augmentation.crop < 1) {
    change.side = 1 - (1 - crop) * random.Uniform(3);
    change.top = (1 - change.side) * random.Uniform(4);
    change.left = (1 - change.side) * random.Uniform(5);
  }
  if (augmentation.recolours()) {
    change.brightness = factor(6);
    change.contrast = factor(7);
    change.saturation = random.Uniform(9) < static_cast<float>(augmentation.grey_share) ? 0 : factor(8);
  }
  return change;
}

}  // namespace hourglass
