#include "hourglass/backend/ssim.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hourglass {

std::vector<double> SsimWindow(const PlaneSize& image) {
  constexpr int64_t kLargest = 11;
  constexpr double kSigma = 1.5;
  const int64_t side = std::min({kLargest, image.height, image.width});
  const int64_t K = side % 2 == 1 ? side : side - 1;
  std::vector<double> window;
  double sum = 0;
  for (int64_t i = 0; i < K; ++i) {
    const auto x = static_cast<double>(i - K / 2);
    window.push_back(std::exp(-x * x / (2 * kSigma * kSigma)));
    sum += window.back();
  }
  for (double& value : window) value /= sum;
  return window;
}

}  // namespace hourglass
