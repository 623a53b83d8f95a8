// Converts the bytes of an image to floats.
#pragma once

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// out[i] = pixels[i] / 255, correctly rounded, for `count` pixels.
template <class T>
void ScalePixels(const uint8_t* pixels, int64_t count, T* out);

}  // namespace hourglass::cpu
