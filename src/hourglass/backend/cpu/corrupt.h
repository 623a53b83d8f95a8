// Corruption of one image.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// x[i] += sigma · rng.Normal(epoch, sample, i) for i < count. The normals are within 1e-5 of the scalar ones,
// except for about one radius in 220,000, where they are within 2.5e-4.
template <class T>
void AddNormals(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, T* x);

// Pixel p < pixels of x [channels, pixels] becomes 0 in every channel if word p of (epoch, sample) is below
// `replaced`, or 1 if the word is also below `white`.
template <class T>
void ReplacePixels(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t replaced, uint32_t white,
                   int64_t channels, int64_t pixels, T* x);

// Backend::Corrupt for one image x, which is sample `sample`; `images` is the shape [N, C, H, W].
template <class T>
void CorruptImage(const Corruption& corruption, const Rng& rng, uint32_t epoch, uint64_t sample,
                  const Shape& images, T* x);

}  // namespace hourglass::cpu
