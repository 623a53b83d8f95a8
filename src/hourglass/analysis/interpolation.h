// The way between two images along a straight line between their codes.
#pragma once

#include <cstdint>

#include "hourglass/model/autoencoder.h"

namespace hourglass {

struct Interpolation {
  Tensor inputs;   // the two images, f32 [2, C, H, W]
  Tensor codes;    // code_i = code_1 + (i/n)·(code_2 - code_1), i = 0 … n; f32 [n + 1, d]
  Tensor decoded;  // f32 [n + 1, C, H, W]; the first and the last are the reconstructions of the inputs
};

// pair f32 [2, C, H, W]; n ≥ 1 intervals, so n - 1 pictures lie between the ends. Throws a usage Error for n
// < 1.
Interpolation Interpolate(const Autoencoder& model, const Tensor& pair, int64_t n);

}  // namespace hourglass
