#include "hourglass/analysis/detail/principal_axes.h"

#include <algorithm>
#include <vector>

#include "hourglass/analysis/covariance.h"
#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/core/check.h"
#include "hourglass/data/statistics.h"

namespace hourglass {
namespace {

// Up to here a full decomposition takes a second.
constexpr int64_t kMaxDecomposed = 1024;
// Lanczos iteration for more than a quarter of all axes takes longer than a full decomposition.
constexpr int64_t kSmallShare = 4;
// Numbers of all directions, if there is no covariance. Lanczos iteration then needs 64 MiB and, for each
// axis, reads all images two or three times.
constexpr int64_t kMaxDirections = int64_t{1} << 22;

// Products with the covariance by the images x, as xᵀ (x v), without the matrix.
class CovarianceOfImages {
 public:
  CovarianceOfImages(Backend& backend, const Dataset& data)
      : backend_(backend), data_(data), mean_(PixelMeans(data)) {}

  double Trace() const {
    double sum = 0;
    ForEachCentredBlock(backend_, data_, mean_, [&](Tensor& x) {
      sum += Eigen::Map<const Eigen::VectorXf>(x.data<float>(), x.size()).squaredNorm();
    });
    return sum / static_cast<double>(data_.size());
  }

  // Sums in f32 within blocks of images and in f64 across them.
  Eigen::VectorXd Product(const Eigen::VectorXd& v) const {
    const auto pixels = static_cast<int64_t>(mean_.size());
    Tensor weight({1, pixels}), gradient({1, pixels}), zero({1}), unused({1}), codes;
    zero.data<float>()[0] = 0;
    Eigen::Map<Eigen::VectorXf>(weight.data<float>(), pixels) = v.cast<float>();
    const Eigen::Map<const Eigen::VectorXf> product(gradient.data<float>(), pixels);
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(pixels);
    ForEachCentredBlock(backend_, data_, mean_, [&](Tensor& x) {
      backend_.DenseForward(x, weight, zero, Activation::kNone, DType::kF32, codes);
      Tensor gradient_of_codes = codes.Clone();
      backend_.DenseBackward(x, weight, codes, Activation::kNone, gradient_of_codes, gradient, unused,
                             nullptr);
      sum += product.cast<double>();
    });
    return sum / static_cast<double>(data_.size());
  }

 private:
  Backend& backend_;
  const Dataset& data_;
  std::vector<double> mean_;
};

SymmetricEigen SolveCovariance(const PixelCovariance& covariance, int64_t count) {
  const int64_t pixels = covariance.pixels();
  const Eigen::Map<const Eigen::MatrixXd> matrix(covariance.matrix().data(), pixels, pixels);
  if (pixels <= kMaxDecomposed || count > pixels / kSmallShare) return SolveSymmetric(matrix);
  return SolveLeading({.size = pixels,
                       .trace = matrix.trace(),
                       .product = [&](const Eigen::VectorXd& x) { return Product(matrix, x); }},
                      count);
}

SymmetricEigen SolveImages(const CovarianceOfImages& images, int64_t pixels, int64_t count) {
  return SolveLeading({.size = pixels,
                       .trace = images.Trace(),
                       .product = [&](const Eigen::VectorXd& v) { return images.Product(v); }},
                      count);
}

// The `count` last of ascending eigenvalues.
PrincipalAxes LastOf(const SymmetricEigen& eigen, int64_t count) {
  return {.variances = eigen.values.tail(count).reverse().cwiseMax(0.0),
          .directions = eigen.vectors.rightCols(count).rowwise().reverse()};
}

}  // namespace

int64_t MostAxes(int64_t pixels) {
  if (pixels <= PixelCovariance::kMaxPixels) return pixels;
  return std::min(pixels / kSmallShare, kMaxDirections / pixels);
}

PrincipalAxes FindAxes(const PixelCovariance& covariance, int64_t count) {
  return LastOf(SolveCovariance(covariance, count), count);
}

PrincipalAxes FindAxes(Backend& backend, const Dataset& data, int64_t count) {
  const int64_t pixels = data.image_shape().size();
  HOURGLASS_CHECK(count <= MostAxes(pixels));
  if (count == 0) return {.variances = Eigen::VectorXd(0), .directions = Eigen::MatrixXd(pixels, 0)};
  if (pixels <= PixelCovariance::kMaxPixels) return FindAxes(PixelCovariance(backend, data), count);
  return LastOf(SolveImages(CovarianceOfImages(backend, data), pixels, count), count);
}

}  // namespace hourglass
