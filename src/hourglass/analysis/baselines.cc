#include "hourglass/analysis/baselines.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <utility>
#include <vector>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/analysis/detail/linear_algebra.h"
#include "hourglass/analysis/detail/principal_axes.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/text.h"
#include "hourglass/data/statistics.h"

namespace hourglass {
namespace {

constexpr char kComponents[] = "number of principal components";
constexpr double kLeastNoise = 1e-5;  // variance, as a share of the mean variance of pixels

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const RowMatrix> AsMatrix(const Tensor& tensor) {
  return {tensor.data<float>(), tensor.rows(), tensor.row_size()};
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

PrincipalAxes AxesOf(Backend& backend, const Dataset& train, int64_t components) {
  RequireBetween(kComponents, components, 0, MostAxes(train.image_shape().size()));
  return FindAxes(backend, train, components);
}

PrincipalAxes AxesOf(const PixelCovariance& covariance, int64_t components) {
  RequireBetween(kComponents, components, 0, covariance.pixels());
  return FindAxes(covariance, components);
}

}  // namespace

Pca::Pca(Shape image_shape, std::vector<double> mean, const PrincipalAxes& axes)
    : image_shape_(std::move(image_shape)),
      components_(axes.variances.size()),
      mean_(std::move(mean)),
      variances_(axes.variances.begin(), axes.variances.end()),
      directions_(axes.directions.data(), axes.directions.data() + axes.directions.size()) {}

Pca::Pca(Backend& backend, const Dataset& train, int64_t components)
    : Pca(train.image_shape(), PixelMeans(train), AxesOf(backend, train, components)) {}

Pca::Pca(const PixelCovariance& covariance, int64_t components)
    : Pca(covariance.image_shape(), covariance.mean(), AxesOf(covariance, components)) {}

int64_t Pca::MostComponents(int64_t pixels) {
  return MostAxes(pixels);
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
  // With all components, rounding may leave less than 0.
  return std::max(sum, 0.0) / (static_cast<double>(data.size()) * static_cast<double>(image_shape_.size()));
}

// C (C + σ²I)⁻¹ = I - σ² (C + σ²I)⁻¹ = I - TᵀT with T = σ L⁻¹ and the Cholesky factor L of C + σ²I.
WienerFilter::WienerFilter(Backend& backend, const PixelCovariance& covariance, double sigma) {
  if (!(sigma >= 0)) {
    throw UsageError(
        {.what = "bad noise level", .expected = "a sigma of 0 or more", .got = fmt::format("{}", sigma)});
  }
  const int64_t pixels = covariance.pixels();
  weight_ = Tensor({pixels, pixels});
  Eigen::Map<RowMatrix> weight(weight_.data<float>(), pixels, pixels);
  weight.setZero();
  if (sigma > 0) {
    Eigen::MatrixXd noisy = Eigen::Map<const Eigen::MatrixXd>(covariance.matrix().data(), pixels, pixels);
    // The matrix is known to about 1e-6 of its mean variance and may have eigenvalues just below 0. Noise so
    // weak, below a fifth of a grey level, is taken for a little stronger in the inverse.
    const double least = kLeastNoise * noisy.trace() / static_cast<double>(pixels);
    noisy.diagonal().array() += std::max(sigma * sigma, least);
    Tensor factor({pixels, pixels});
    Eigen::Map<RowMatrix>(factor.data<float>(), pixels, pixels) =
        (sigma * InverseCholeskyFactor(std::move(noisy))).cast<float>();
    backend.Gram(factor, weight_);
  }
  weight = RowMatrix::Identity(pixels, pixels) - weight;
  const Eigen::VectorXf mean = Mean(covariance.mean()).transpose().cast<float>();
  bias_ = Tensor({pixels});
  Eigen::Map<Eigen::VectorXf>(bias_.data<float>(), pixels) = mean - weight * mean;
}

std::string WhyNoWienerFilter(int64_t pixels) {
  if (pixels <= PixelCovariance::kMaxPixels) return "";
  return fmt::format(
      "The Wiener filter is left out: it needs the covariance of all pixels, which is computed for up to {} "
      "numbers per image, and these have {}.",
      Grouped(PixelCovariance::kMaxPixels), Grouped(pixels));
}

Tensor WienerFilter::Apply(Backend& backend, const Tensor& noisy) const {
  Tensor estimate;
  backend.DenseForward(noisy, weight_, bias_, Activation::kNone, DType::kF32, estimate);
  estimate.Reshape(noisy.shape());
  return estimate;
}

double MeanImageError(const Dataset& train, const Dataset& data) {
  CheckImageShape(train.image_shape(), data);
  const std::vector<double> means = PixelMeans(train);
  const Eigen::Map<const Eigen::VectorXd> mean(means.data(), std::ssize(means));
  double sum = 0;
  ForEachImage(data, [&](std::span<const uint8_t> image) {
    const Eigen::Map<const Eigen::Matrix<uint8_t, Eigen::Dynamic, 1>> pixels(image.data(), mean.size());
    sum += (pixels.cast<double>() / 255.0 - mean).squaredNorm();
  });
  return sum / (static_cast<double>(data.size()) * static_cast<double>(mean.size()));
}

}  // namespace hourglass
