// The straight line or the arc between two codes, and the decoded images along it.
#pragma once

#include <cstdint>

#include "hourglass/model/session.h"

namespace hourglass {

// Returns code_i = first + (i/n)·(second - first), i = 0 … n, as f32 [n + 1, d]. ends f32 [2, d]. Throws a
// usage Error if n < 1 or there are not two ends.
Tensor StraightLine(const Tensor& ends, int64_t n);

// The same along the arc between the two directions, the length changing evenly: code_i =
// (sin((1 - t) a) · first + sin(t a) · second) / sin(a), t = i/n, a being the angle between the ends. Codes
// of a standard normal distribution nearly all have the same length, which the middle of a straight line does
// not. The straight line if the angle is too small, or the ends are opposite or 0. Source: White, "Sampling
// generative networks", 2016.
Tensor Arc(const Tensor& ends, int64_t n);

enum class CodePath { kStraight, kArc };

struct Interpolation {
  Tensor inputs;   // the two images, f32 [2, C, H, W]
  Tensor codes;    // the path between their codes, f32 [n + 1, d]
  Tensor decoded;  // f32 [n + 1, C, H, W]; first and last are the reconstructions of the inputs
  Tensor mixed;    // the pixels of the inputs in the same shares, without a model, f32 [n + 1, C, H, W]
};

// pair f32 [2, C, H, W]; n ≥ 1 intervals, so n - 1 pictures lie between the ends. Throws a usage Error if n <
// 1 or there are not two images.
Interpolation Interpolate(Session& session, const Tensor& pair, int64_t n,
                          CodePath path = CodePath::kStraight);

}  // namespace hourglass
