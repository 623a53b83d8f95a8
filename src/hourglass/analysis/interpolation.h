// The straight line between two codes, and the decoded images along it.
#pragma once

#include <cstdint>

#include "hourglass/model/session.h"

namespace hourglass {

// Returns code_i = first + (i/n)·(second - first), i = 0 … n, as f32 [n + 1, d]. ends f32 [2, d]. Throws a
// usage Error if n < 1 or there are not two ends.
Tensor StraightLine(const Tensor& ends, int64_t n);

struct Interpolation {
  Tensor inputs;   // the two images, f32 [2, C, H, W]
  Tensor codes;    // StraightLine between their codes, f32 [n + 1, d]
  Tensor decoded;  // f32 [n + 1, C, H, W]; first and last are the reconstructions of the inputs
};

// pair f32 [2, C, H, W]; n ≥ 1 intervals, so n - 1 pictures lie between the ends. Throws a usage Error if n <
// 1 or there are not two images.
Interpolation Interpolate(Session& session, const Tensor& pair, int64_t n);

}  // namespace hourglass
