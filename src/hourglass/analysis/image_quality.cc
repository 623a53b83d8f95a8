#include "hourglass/analysis/image_quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/backend/ssim.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

// out[i] = Σ window[k] · x[i + k · step] for i < count.
void Convolve(const std::vector<double>& window, const double* x, int64_t step, int64_t count,
              double* __restrict__ out) {
  std::fill_n(out, count, 0.0);
  for (size_t k = 0; k < window.size(); ++k) {
    const double weight = window[k];
    const double* from = x + static_cast<int64_t>(k) * step;
    for (int64_t i = 0; i < count; ++i) out[i] += weight * from[i];
  }
}

// product = x · y.
void Multiply(const float* x, const float* y, std::vector<double>& product) {
  for (size_t i = 0; i < product.size(); ++i) product[i] = double{x[i]} * y[i];
}

}  // namespace

double Psnr(double mse) {
  return 10 * std::log10(1 / mse);
}

Ssim::Ssim(const Tensor& images) : images_(&images), height_(images.shape()[2]), width_(images.shape()[3]) {
  window_ = SsimWindow({height_, width_});
  const auto K = static_cast<int64_t>(window_.size());
  places_ = (height_ - K + 1) * (width_ - K + 1);
  const int64_t channels = images.rows() * images.shape()[1], pixels = height_ * width_;
  mean_.resize(static_cast<size_t>(channels * places_));
  mean_square_.resize(mean_.size());
  std::vector<double> channel(static_cast<size_t>(pixels));
  for (int64_t c = 0; c < channels; ++c) {
    const float* x = images.data<float>() + c * pixels;
    std::copy_n(x, pixels, channel.begin());
    Blur(channel.data(), mean_.data() + c * places_);
    Multiply(x, x, channel);
    Blur(channel.data(), mean_square_.data() + c * places_);
  }
}

void Ssim::Blur(const double* channel, double* out) const {
  const auto K = static_cast<int64_t>(window_.size());
  const int64_t out_h = height_ - K + 1, out_w = width_ - K + 1;
  std::vector<double> columns(static_cast<size_t>(out_h * width_)), both(columns.size());
  Convolve(window_, channel, width_, out_h * width_, columns.data());
  // Runs across row ends, which costs less than many short loops; results that mix two rows are dropped.
  Convolve(window_, columns.data(), 1, out_h * width_ - K + 1, both.data());
  for (int64_t h = 0; h < out_h; ++h) std::copy_n(both.data() + h * width_, out_w, out + h * out_w);
}

std::vector<double> Ssim::Compare(const Tensor& others) const {
  RequireTensor("images", others, DType::kF32, images_->shape());
  const int64_t C = others.shape()[1], pixels = height_ * width_;
  const auto places = static_cast<size_t>(places_);
  std::vector<double> channel(static_cast<size_t>(pixels)), mean(places), mean_square(places),
      mean_product(places), similarity(places);
  std::vector<double> similarities;
  for (int64_t image = 0; image < others.rows(); ++image) {
    double sum = 0;
    for (int64_t c = image * C; c < (image + 1) * C; ++c) {
      const float* x = images_->data<float>() + c * pixels;
      const float* y = others.data<float>() + c * pixels;
      std::copy_n(y, pixels, channel.begin());
      Blur(channel.data(), mean.data());
      Multiply(y, y, channel);
      Blur(channel.data(), mean_square.data());
      Multiply(x, y, channel);
      Blur(channel.data(), mean_product.data());
      const double* x_mean = mean_.data() + c * places_;
      const double* x_mean_square = mean_square_.data() + c * places_;
      for (size_t i = 0; i < places; ++i) {
        const double means = x_mean[i] * mean[i];
        const double squares = x_mean[i] * x_mean[i] + mean[i] * mean[i];
        const double covariance = mean_product[i] - means;
        const double variances = x_mean_square[i] + mean_square[i] - squares;
        const double value = (2 * means + kSsimC1) * (2 * covariance + kSsimC2) /
                             ((squares + kSsimC1) * (variances + kSsimC2));
        similarity[i] = std::min(value, 1.0);  // above 1 only by rounding; NaN stays NaN
      }
      sum += std::accumulate(similarity.begin(), similarity.end(), 0.0);
    }
    similarities.push_back(sum / static_cast<double>(C * places_));
  }
  return similarities;
}

}  // namespace hourglass
