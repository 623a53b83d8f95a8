// Baselines for reconstruction errors: the mean image, and PCA with a code of the same size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/analysis/covariance.h"
#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

struct PrincipalAxes;  // detail/principal_axes.h

// Principal component analysis of pixels in [0, 1]: the best linear autoencoder. It holds the mean image and
// the leading directions, so one fit serves every code size up to components().
class Pca {
 public:
  // Images of up to 4,096 pixels: the eigenvectors of their covariance, exactly up to 1,024 pixels or if more
  // than a quarter of all components are wanted, else by Lanczos iteration. Larger images: Lanczos iteration
  // that reads the images again and again, without the covariance. Lanczos iteration gives errors within 1e-4
  // of the exact ones; for the same data and threads, all results are the same. Throws a usage Error if
  // `components` is not in [0, pixels] or, for larger images, above MostComponents(pixels).
  Pca(Backend& backend, const Dataset& train, int64_t components);
  // The same, if the covariance is there already.
  Pca(const PixelCovariance& covariance, int64_t components);

  // The largest number of components for images with so many pixels.
  static int64_t MostComponents(int64_t pixels);

  int64_t components() const { return components_; }
  // Variance of the training images along each component, descending; never negative.
  const std::vector<double>& variances() const { return variances_; }
  // f32 [C, H, W]
  Tensor mean_image() const;
  // codes [N, d] = (images - mean) · directions, d ≤ components(). images f32 [N, C, H, W]. Encode, Decode
  // and Error throw a usage Error if d is out of range or the images have another size.
  Tensor Encode(const Tensor& images, int64_t d) const;
  // [N, C, H, W] = mean + codes · directionsᵀ; not clipped to [0, 1]. codes f32 [N, d].
  Tensor Decode(const Tensor& codes) const;
  // Squared reconstruction error with d components, averaged over all pixels of `data`; d = 0 is the mean
  // image.
  double Error(Backend& backend, const Dataset& data, int64_t d) const;

 private:
  Pca(Shape image_shape, std::vector<double> mean, const PrincipalAxes& axes);

  Shape image_shape_;
  int64_t components_;
  std::vector<double> mean_;        // [pixels]
  std::vector<double> variances_;   // [components]
  std::vector<double> directions_;  // [components][pixels], orthonormal, by descending variance
};

// The best affine estimate of a clean image from one with gaussian noise: x̂ = m + C (C + σ²I)⁻¹ (y - m),
// with mean m and covariance C of the training images. No other affine map has a lower expected squared error
// over those images; a network has to beat it. Source: Kay, "Fundamentals of Statistical Signal Processing:
// Estimation Theory", 1993, chapter 12.
class WienerFilter {
 public:
  // Throws a usage Error unless sigma ≥ 0. Sigma 0 leaves images unchanged.
  WienerFilter(Backend& backend, const PixelCovariance& covariance, double sigma);

  // f32 [N, C, H, W], not clipped to [0, 1]. noisy f32 [N, C, H, W].
  Tensor Apply(Backend& backend, const Tensor& noisy) const;

 private:
  Tensor weight_, bias_;  // x̂ = weight y + bias; [pixels, pixels] and [pixels]
};

// Why images with so many pixels have no Wiener filter, as a sentence; "" if they have.
std::string WhyNoWienerFilter(int64_t pixels);

// The mean of (mean image of `train` - image)² over all pixels of `data`. Makes one pass over each; images
// may have any size.
double MeanImageError(const Dataset& train, const Dataset& data);

}  // namespace hourglass
