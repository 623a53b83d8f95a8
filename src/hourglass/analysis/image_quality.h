// Similarity of two images: PSNR and SSIM.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

// The peak signal-to-noise ratio for pixels in [0, 1]: 10 log10(1 / mse), in dB; infinite if mse is 0.
double Psnr(double mse);

// Structural similarity to given images: at most 1, which only equal images reach. Means, variances and the
// covariance come from a gaussian window of 11 x 11 pixels (backend/ssim.h has the numbers and the source).
// The result is the mean over channels and over all window positions inside the image. Images with a side
// below 11 get the largest odd window that fits, with the same σ. Values need not lie in [0, 1].
// Backend::SsimLoss is the same for training.
class Ssim {
 public:
  // `images` f32 [N, C, H, W] must outlive this.
  explicit Ssim(const Tensor& images);

  // SSIM of each of `others`, f32 of the same shape, with the image at the same index. Accurate to 1e-4 for
  // values up to 10,000. Throws a usage Error for another shape or type.
  std::vector<double> Compare(const Tensor& others) const;

 private:
  // Writes the weighted means of one channel [H, W] in all windows to `out` [H - K + 1, W - K + 1].
  void Blur(const double* channel, double* out) const;

  const Tensor* images_;
  int64_t height_, width_;
  // In f64: a variance is the difference of a mean square and a squared mean, which in bright, flat images
  // agree to more digits than f32 has.
  std::vector<double> window_;  // [K], sums to 1; the 2-D window is its outer product
  int64_t places_;              // window positions in a channel
  std::vector<double> mean_;    // of images_, [N, C, places]
  std::vector<double> mean_square_;
};

}  // namespace hourglass
