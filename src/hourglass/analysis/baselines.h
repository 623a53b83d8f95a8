// Baselines for reconstruction errors: the mean image, and PCA with a code of the same size.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// Principal component analysis of pixels in [0, 1]: the best linear autoencoder. It holds the mean image and
// the leading directions, so one fit serves every code size up to components().
class Pca {
 public:
  // Computes the covariance of `train` around its exact mean (blocks of centred f32 products summed in f64)
  // and its eigenvectors in f64. Throws a usage Error if `components` is not in [0, pixels] or images have
  // more than kMaxPixels pixels.
  Pca(Backend& backend, const Dataset& train, int64_t components);

  static constexpr int64_t kMaxPixels = 4096;  // 3072 (32x32x3) takes some seconds; cubic cost

  int64_t components() const { return components_; }
  // Variance of the training images along each component, descending; never negative.
  const std::vector<double>& variances() const { return variances_; }
  // f32 [C, H, W]
  Tensor mean_image() const;
  // codes [N, d] = (images - mean) · directions, d ≤ components(). images f32 [N, C, H, W].
  // Encode, Decode and Error throw a usage Error for another d or other images.
  Tensor Encode(const Tensor& images, int64_t d) const;
  // [N, C, H, W] = mean + codes · directionsᵀ; not clipped to [0, 1]. codes f32 [N, d].
  Tensor Decode(const Tensor& codes) const;
  // Squared reconstruction error with d components, averaged over all pixels of `data`; d = 0 is the mean
  // image.
  double Error(Backend& backend, const Dataset& data, int64_t d) const;

 private:
  Shape image_shape_;
  int64_t components_;
  std::vector<double> mean_;        // [pixels]
  std::vector<double> variances_;   // [components]
  std::vector<double> directions_;  // [components][pixels], orthonormal, by descending variance

  friend class WienerFilter;
};

// The best estimate of a clean image that is affine in the noisy one, for gaussian noise: x̂ = m + C (C +
// σ²I)⁻¹ (y - m), with mean m and covariance C of the training images. No other affine map has a lower
// expected squared error over them; a network has to beat it. Source: Kay, "Fundamentals of Statistical
// Signal Processing: Estimation Theory", 1993, chapter 12.
class WienerFilter {
 public:
  // `pca` must have as many components as there are pixels; sigma ≥ 0, and 0 leaves images unchanged.
  // Otherwise throws a usage Error.
  WienerFilter(const Pca& pca, double sigma);

  // f32 [N, C, H, W], not clipped to [0, 1]. noisy f32 [N, C, H, W].
  Tensor Apply(Backend& backend, const Tensor& noisy) const;

 private:
  Tensor weight_, bias_;  // x̂ = weight y + bias; [pixels, pixels] and [pixels]
};

// The mean over all pixels of `data` of (mean of `train` - image)². One pass over each; images of any size.
double MeanImageError(const Dataset& train, const Dataset& data);

}  // namespace hourglass
