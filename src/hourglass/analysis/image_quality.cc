#include "hourglass/analysis/image_quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

constexpr int64_t kWindow = 11;
constexpr double kSigma = 1.5;
constexpr float kC1 = 0.01F * 0.01F, kC2 = 0.03F * 0.03F;

// A gaussian of `size` values, an odd number, that sums to 1.
std::vector<float> Gaussian(int64_t size) {
  std::vector<double> values;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const auto x = static_cast<double>(i - size / 2);
    values.push_back(std::exp(-x * x / (2 * kSigma * kSigma)));
    sum += values.back();
  }
  std::vector<float> window;
  for (const double value : values) window.push_back(static_cast<float>(value / sum));
  return window;
}

// out[i] = Σ window[k] · x[i + k · step] for i < count.
void Convolve(const std::vector<float>& window, const float* x, int64_t step, int64_t count,
              float* __restrict__ out) {
  std::fill_n(out, count, 0.0F);
  for (size_t k = 0; k < window.size(); ++k) {
    const float weight = window[k];
    const float* from = x + static_cast<int64_t>(k) * step;
    for (int64_t i = 0; i < count; ++i) out[i] += weight * from[i];
  }
}

}  // namespace

double Psnr(double mse) {
  return 10 * std::log10(1 / mse);
}

Ssim::Ssim(const Tensor& images) : images_(&images), height_(images.shape()[2]), width_(images.shape()[3]) {
  const int64_t side = std::min({kWindow, height_, width_});
  const int64_t K = side % 2 == 1 ? side : side - 1;
  window_ = Gaussian(K);
  places_ = (height_ - K + 1) * (width_ - K + 1);
  const int64_t channels = images.rows() * images.shape()[1], pixels = height_ * width_;
  mean_.resize(static_cast<size_t>(channels * places_));
  mean_square_.resize(mean_.size());
  std::vector<float> square(static_cast<size_t>(pixels));
  for (int64_t c = 0; c < channels; ++c) {
    const float* x = images.data<float>() + c * pixels;
    std::transform(x, x + pixels, square.begin(), [](float value) { return value * value; });
    Blur(x, mean_.data() + c * places_);
    Blur(square.data(), mean_square_.data() + c * places_);
  }
}

void Ssim::Blur(const float* channel, float* out) const {
  const auto K = static_cast<int64_t>(window_.size());
  const int64_t out_h = height_ - K + 1, out_w = width_ - K + 1;
  std::vector<float> columns(static_cast<size_t>(out_h * width_)), both(columns.size());
  Convolve(window_, channel, width_, out_h * width_, columns.data());
  // Over the ends of rows too, which costs less than many short loops; what is made of two rows is left out.
  Convolve(window_, columns.data(), 1, out_h * width_ - K + 1, both.data());
  for (int64_t h = 0; h < out_h; ++h) std::copy_n(both.data() + h * width_, out_w, out + h * out_w);
}

std::vector<double> Ssim::Compare(const Tensor& others) const {
  HOURGLASS_CHECK(others.shape() == images_->shape());
  const int64_t C = others.shape()[1], pixels = height_ * width_;
  const auto places = static_cast<size_t>(places_);
  std::vector<float> product(static_cast<size_t>(pixels)), mean(places), mean_square(places),
      mean_product(places), similarity(places);
  std::vector<double> similarities;
  for (int64_t image = 0; image < others.rows(); ++image) {
    double sum = 0;
    for (int64_t c = image * C; c < (image + 1) * C; ++c) {
      const float* x = images_->data<float>() + c * pixels;
      const float* y = others.data<float>() + c * pixels;
      Blur(y, mean.data());
      std::transform(y, y + pixels, product.begin(), [](float value) { return value * value; });
      Blur(product.data(), mean_square.data());
      std::transform(x, x + pixels, y, product.begin(), [](float a, float b) { return a * b; });
      Blur(product.data(), mean_product.data());
      const float* x_mean = mean_.data() + c * places_;
      const float* x_mean_square = mean_square_.data() + c * places_;
      for (size_t i = 0; i < places; ++i) {
        const float means = x_mean[i] * mean[i];
        const float squares = x_mean[i] * x_mean[i] + mean[i] * mean[i];
        const float covariance = mean_product[i] - means;
        const float variances = x_mean_square[i] + mean_square[i] - squares;
        similarity[i] = (2 * means + kC1) * (2 * covariance + kC2) / ((squares + kC1) * (variances + kC2));
      }
      sum += std::accumulate(similarity.begin(), similarity.end(), 0.0);
    }
    similarities.push_back(sum / static_cast<double>(C * places_));
  }
  return similarities;
}

}  // namespace hourglass
