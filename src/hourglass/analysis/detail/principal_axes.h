// The axes of the largest variance of a data set. The only place that chooses how to find them.
#pragma once

#include "hourglass/analysis/covariance.h"
#include "hourglass/analysis/detail/linear_algebra.h"
#include "hourglass/backend/backend.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// The number of axes of images with so many pixels that can be found in bounded memory and time.
int64_t MostAxes(int64_t pixels);

struct PrincipalAxes {
  Eigen::VectorXd variances;   // [count], descending, never negative
  Eigen::MatrixXd directions;  // [pixels, count], orthonormal columns
};

// count ≤ pixels
PrincipalAxes FindAxes(const PixelCovariance& covariance, int64_t count);
// The same from the images; count ≤ MostAxes(pixels).
PrincipalAxes FindAxes(Backend& backend, const Dataset& data, int64_t count);

}  // namespace hourglass
