// Mean and covariance of the pixels of a data set, for baselines that need all of it.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

class PixelCovariance {
 public:
  // The matrix then takes 128 MiB; what is computed from it costs pixels³.
  static constexpr int64_t kMaxPixels = 4096;

  // Pixels are in [0, 1]. The mean is exact; products of centred pixels are summed in f32 within blocks of
  // images and in f64 across them. Throws a usage Error if images have more than kMaxPixels pixels.
  PixelCovariance(Backend& backend, const Dataset& data);

  const Shape& image_shape() const { return image_shape_; }
  int64_t pixels() const { return static_cast<int64_t>(mean_.size()); }
  const std::vector<double>& mean() const { return mean_; }      // [pixels]
  const std::vector<double>& matrix() const { return matrix_; }  // [pixels][pixels], symmetric

 private:
  Shape image_shape_;
  std::vector<double> mean_, matrix_;
};

}  // namespace hourglass
