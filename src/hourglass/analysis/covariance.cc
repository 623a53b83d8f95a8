#include "hourglass/analysis/covariance.h"

#include <Eigen/Core>
#include <algorithm>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/require.h"
#include "hourglass/data/statistics.h"

namespace hourglass {

PixelCovariance::PixelCovariance(Backend& backend, const Dataset& data) : image_shape_(data.image_shape()) {
  const int64_t count = data.image_shape().size();
  RequireBetween("number of pixels for a covariance", count, 1, kMaxPixels);
  mean_ = PixelMeans(data);
  matrix_.resize(static_cast<size_t>(count * count));
  Eigen::Map<Eigen::MatrixXd> matrix(matrix_.data(), count, count);
  Tensor gram({count, count});
  const Eigen::Map<const Eigen::MatrixXf> block(gram.data<float>(), count, count);
  // The pixels are centred first, because the squares of the mean would cost digits.
  ForEachCentredBlock(backend, data, mean_, [&](Tensor& x) {
    std::ranges::fill(gram.span<float>(), 0.0f);
    backend.Gram(x, gram);
    matrix += block.cast<double>();
  });
  matrix /= static_cast<double>(data.size());
}

}  // namespace hourglass
