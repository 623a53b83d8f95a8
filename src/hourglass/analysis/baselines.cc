#include "hourglass/analysis/baselines.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/analysis/detail/linear_algebra.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/data/statistics.h"

namespace hourglass {
namespace {

constexpr char kComponents[] = "number of principal components";

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const RowMatrix> AsMatrix(const Tensor& tensor) {
  return {tensor.data<float>(), tensor.rows(), tensor.row_size()};
}

// Pixels are integers / 255, so integer sums are exact.
Eigen::VectorXd ExactMean(const Dataset& data) {
  const std::vector<double> means = PixelMeans(data);
  return Eigen::Map<const Eigen::VectorXd>(means.data(), std::ssize(means));
}

Eigen::Map<const Eigen::RowVectorXd> Mean(const std::vector<double>& mean) {
  return {mean.data(), static_cast<int64_t>(mean.size())};
}

Eigen::MatrixXd Centred(const Tensor& images, const std::vector<double>& mean) {
  return AsMatrix(images).cast<double>().rowwise() - Mean(mean);
}

// The first d directions as columns [pixels, d].
Eigen::Map<const Eigen::MatrixXd> Directions(const std::vector<double>& directions, size_t pixels,
                                             int64_t d) {
  return {directions.data(), static_cast<int64_t>(pixels), d};
}

// The covariance times the number of images. The pixels are centred first, because the squares of the mean
// would cost digits.
Eigen::MatrixXd Scatter(Backend& backend, const Dataset& data, const Eigen::VectorXd& mean) {
  const int64_t pixels = mean.size();
  Eigen::MatrixXd scatter = Eigen::MatrixXd::Zero(pixels, pixels);
  const Eigen::RowVectorXf center = mean.cast<float>().transpose();
  Tensor gram({pixels, pixels});
  ForEachBlock(backend, data, -1, [&](std::span<const int64_t>, Tensor& x) {
    x.Reshape({x.rows(), pixels});
    Eigen::Map<RowMatrix>(x.data<float>(), x.rows(), pixels).rowwise() -= center;
    Eigen::Map<RowMatrix> block(gram.data<float>(), pixels, pixels);
    block.setZero();
    backend.Gram(x, gram);
    scatter += block.cast<double>();
  });
  return scatter;
}

}  // namespace

Pca::Pca(Backend& backend, const Dataset& train, int64_t components)
    : image_shape_(train.image_shape()), components_(components) {
  const int64_t pixels = image_shape_.size();
  if (pixels > kMaxPixels) {
    throw UsageError({.what = "PCA is too costly for images of this size",
                      .expected = fmt::format("at most {} pixels", kMaxPixels),
                      .got = fmt::format("{}", pixels)});
  }
  RequireBetween(kComponents, components, 0, pixels);
  const Eigen::VectorXd mean = ExactMean(train);
  const SymmetricEigen eigen = SolveSymmetric(Scatter(backend, train, mean));
  mean_.assign(mean.begin(), mean.end());
  const Eigen::VectorXd variances = eigen.values / static_cast<double>(train.size());
  for (int64_t i = 0; i < components; ++i) variances_.push_back(std::max(0.0, variances[pixels - 1 - i]));
  directions_.resize(static_cast<size_t>(components * pixels));
  Eigen::Map<Eigen::MatrixXd>(directions_.data(), pixels, components) =
      eigen.vectors.rightCols(components).rowwise().reverse();
}

Tensor Pca::mean_image() const {
  Tensor image(image_shape_);
  std::copy(mean_.begin(), mean_.end(), image.data<float>());
  return image;
}

Tensor Pca::Encode(const Tensor& images, int64_t d) const {
  RequireBetween(kComponents, d, 0, components_);
  RequireEqual("number of pixels", images.row_size(), image_shape_.size());
  Tensor codes({images.rows(), d});
  Eigen::Map<RowMatrix>(codes.data<float>(), codes.rows(), d) =
      Product(Centred(images, mean_), Directions(directions_, mean_.size(), d)).cast<float>();
  return codes;
}

Tensor Pca::Decode(const Tensor& codes) const {
  const int64_t d = codes.row_size();
  RequireBetween(kComponents, d, 0, components_);
  Tensor images(image_shape_.Batched(codes.rows()));
  const Eigen::MatrixXd products =
      Product(AsMatrix(codes).cast<double>(), Directions(directions_, mean_.size(), d).transpose());
  Eigen::Map<RowMatrix>(images.data<float>(), images.rows(), images.row_size()) =
      (products.rowwise() + Mean(mean_)).cast<float>();
  return images;
}

double Pca::Error(Backend& backend, const Dataset& data, int64_t d) const {
  RequireBetween(kComponents, d, 0, components_);
  CheckImageShape(image_shape_, data);
  double sum = 0;
  ForEachBlock(backend, data, -1, [&](std::span<const int64_t>, Tensor& images) {
    const Eigen::MatrixXd x = Centred(images, mean_);
    // The directions are orthonormal, so the parts they explain can be subtracted.
    sum += x.squaredNorm() - Product(x, Directions(directions_, mean_.size(), d)).squaredNorm();
  });
  return sum / (static_cast<double>(data.size()) * static_cast<double>(image_shape_.size()));
}

WienerFilter::WienerFilter(const Pca& pca, double sigma) {
  const auto pixels = static_cast<int64_t>(pca.mean_.size());
  RequireEqual(kComponents, pca.components_, pixels);
  if (!(sigma >= 0)) {
    throw UsageError(
        {.what = "bad noise level", .expected = "a sigma of 0 or more", .got = fmt::format("{}", sigma)});
  }
  // In the basis of the components, the filter shrinks each one separately.
  Eigen::VectorXd gain(pixels);
  for (int64_t i = 0; i < pixels; ++i) {
    const double variance = pca.variances_[static_cast<size_t>(i)];
    gain[i] = sigma == 0 ? 1.0 : variance / (variance + sigma * sigma);
  }
  const Eigen::MatrixXf v = Directions(pca.directions_, pca.mean_.size(), pixels).cast<float>();
  weight_.Resize({pixels, pixels}, DType::kF32);
  Eigen::Map<RowMatrix> weight(weight_.data<float>(), pixels, pixels);
  weight.noalias() = v * gain.cast<float>().asDiagonal() * v.transpose();
  bias_.Resize({pixels}, DType::kF32);
  const Eigen::VectorXf mean = Mean(pca.mean_).transpose().cast<float>();
  Eigen::Map<Eigen::VectorXf>(bias_.data<float>(), pixels) = mean - weight * mean;
}

Tensor WienerFilter::Apply(Backend& backend, const Tensor& noisy) const {
  Tensor estimate;
  backend.DenseForward(noisy, weight_, bias_, Activation::kNone, DType::kF32, estimate);
  estimate.Reshape(noisy.shape());
  return estimate;
}

double MeanImageError(const Dataset& train, const Dataset& data) {
  CheckImageShape(train.image_shape(), data);
  const Eigen::VectorXd mean = ExactMean(train);
  double sum = 0;
  ForEachImage(data, [&](std::span<const uint8_t> image) {
    const Eigen::Map<const Eigen::Matrix<uint8_t, Eigen::Dynamic, 1>> pixels(image.data(), mean.size());
    sum += (pixels.cast<double>() / 255.0 - mean).squaredNorm();
  });
  return sum / (static_cast<double>(data.size()) * static_cast<double>(mean.size()));
}

}  // namespace hourglass
