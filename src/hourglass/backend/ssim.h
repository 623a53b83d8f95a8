// What SSIM is made of, for the measure of images and for the loss: Wang, Bovik, Sheikh & Simoncelli, "Image
// quality assessment: from error visibility to structural similarity", IEEE Transactions on Image Processing
// 13(4), 2004. Both always use the same numbers.
#pragma once

#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass {

// (K1 L)² and (K2 L)² with K1 = 0.01, K2 = 0.03, L = 1.
inline constexpr double kSsimC1 = 0.01 * 0.01, kSsimC2 = 0.03 * 0.03;

// The gaussian window for images of this size, [K] values that sum to 1; in two dimensions, it is the outer
// product with itself. K = 11 and σ = 1.5; of images with a side below 11, K is the largest odd number that
// fits, with the same σ.
std::vector<double> SsimWindow(const PlaneSize& image);

}  // namespace hourglass
