// Augmentation of one image.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// Backend::Augment for one image x, which is sample `sample`; `images` is the shape [N, C, H, W].
template <class T>
void AugmentImage(const Augmentation& augmentation, const Rng& rng, uint32_t epoch, uint64_t sample,
                  const Shape& images, const T* x, T* y);

}  // namespace hourglass::cpu
