// From bytes to numbers, and noise on them: one image at a time.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// out[i] = pixels[i] / 255, correctly rounded, for `count` pixels.
template <class T>
void ScalePixels(const uint8_t* pixels, int64_t count, T* out);

// x[i] += sigma · rng.Normal(epoch, sample, i) for i < count, the normals within 1e-5 of the scalar ones.
template <class T>
void AddNormals(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, T* x);

}  // namespace hourglass::cpu
