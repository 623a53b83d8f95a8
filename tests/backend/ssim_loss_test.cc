// SSIM compared with plain loops over windows in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/make_backend.h"
#include "support/random.h"

namespace hourglass {
namespace {

// The definition of Wang et al. for one channel x, y [H, W].
double SsimOfChannel(const float* x, const float* y, int64_t H, int64_t W) {
  int64_t K = std::min({int64_t{11}, H, W});
  K -= K % 2 == 0 ? 1 : 0;
  std::vector<double> window;
  for (int64_t i = 0; i < K * K; ++i) {
    const double v = double(i / K - K / 2), h = double(i % K - K / 2);
    window.push_back(std::exp(-(v * v + h * h) / (2 * 1.5 * 1.5)));
  }
  double total = 0, sum = 0;
  for (const double weight : window) total += weight;
  for (int64_t top = 0; top + K <= H; ++top) {
    for (int64_t left = 0; left + K <= W; ++left) {
      double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
      for (int64_t i = 0; i < K * K; ++i) {
        const double w = window[static_cast<size_t>(i)] / total;
        const double a = x[(top + i / K) * W + left + i % K], b = y[(top + i / K) * W + left + i % K];
        mx += w * a, my += w * b, xx += w * a * a, yy += w * b * b, xy += w * a * b;
      }
      sum += (2 * mx * my + 1e-4) * (2 * (xy - mx * my) + 9e-4) /
             ((mx * mx + my * my + 1e-4) * (xx - mx * mx + yy - my * my + 9e-4));
    }
  }
  return sum / static_cast<double>((H - K + 1) * (W - K + 1));
}

// The mean over the channels of each image.
std::vector<double> SsimByPlainLoops(const Tensor& x, const Tensor& y) {
  const Shape& s = x.shape();
  const int64_t C = s[1], pixels = s[2] * s[3];
  std::vector<double> similarities(static_cast<size_t>(s[0]));
  for (int64_t c = 0; c < s[0] * C; ++c) {
    similarities[static_cast<size_t>(c / C)] +=
        SsimOfChannel(x.data<float>() + c * pixels, y.data<float>() + c * pixels, s[2], s[3]) /
        static_cast<double>(C);
  }
  return similarities;
}

Tensor Sum(const Tensor& x, const Tensor& y) {
  Tensor sum = x.Clone();
  for (int64_t i = 0; i < y.size(); ++i) sum.data<float>()[i] += y.data<float>()[i];
  return sum;
}

// What the operation finds, image by image.
std::vector<double> SsimOfEach(const Tensor& x, const Tensor& y) {
  const auto backend = MakeBackend({.threads = 2});
  std::vector<double> similarities;
  for (int64_t i = 0; i < x.rows(); ++i) {
    Tensor sum = test::Filled({1}, DType::kF64, 0);
    backend->SsimLoss(y.Rows(i, 1), x.Rows(i, 1), Activation::kNone, 1, Accumulation::kWrite, nullptr, sum,
                      0);
    similarities.push_back(1 - sum.data<double>()[0]);
  }
  return similarities;
}

void ExpectPlainLoops(const Tensor& x, const Tensor& y) {
  const std::vector<double> similarities = SsimOfEach(x, y), expected = SsimByPlainLoops(x, y);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(similarities[i], expected[i], 1e-4) << x.shape().ToString();
    EXPECT_LE(similarities[i], 1 + 1e-12);  // rounding of 1 - (1 - SSIM)
  }
}

// Sides above, at and below the window size, odd and even, down to one pixel; also values outside [0, 1].
TEST(SsimLoss, EqualsPlainLoops) {
  const Shape shapes[] = {{2, 1, 28, 28}, {3, 3, 13, 17}, {1, 1, 11, 11}, {2, 2, 8, 20},
                          {1, 1, 4, 4},   {1, 1, 2, 30},  {2, 1, 1, 1},   {1, 1, 1, 9}};
  for (const Shape& shape : shapes) {
    for (const double largest : {1.0, 100.0}) {
      const Tensor x = test::RandomTensor(shape, DType::kF32, 1, 0, largest);
      ExpectPlainLoops(x, Sum(x, test::RandomTensor(shape, DType::kF32, 2, -0.4 * largest, 0.4 * largest)));
    }
  }
}

// The variances are differences of squares that are many orders of magnitude larger.
TEST(SsimLoss, EqualsPlainLoopsOnFlatBrightImages) {
  const Shape shape = {2, 1, 28, 28};
  for (const float brightness : {1.0F, 10.0F, 100.0F, 1000.0F, 10'000.0F}) {
    const Tensor flat = test::Filled(shape, DType::kF32, brightness);
    for (const double amplitude : {0.0, 0.001, 0.02, 0.5}) {
      const Tensor x = Sum(flat, test::RandomTensor(shape, DType::kF32, 4, -amplitude, amplitude));
      ExpectPlainLoops(x, Sum(flat, test::RandomTensor(shape, DType::kF32, 5, -amplitude, amplitude)));
      ExpectPlainLoops(x, flat);
      ExpectPlainLoops(x, x);
    }
  }
}

TEST(SsimLoss, OfEqualImagesIsOne) {
  const Tensor x = test::RandomTensor({2, 1, 12, 15}, DType::kF32, 3, 0, 1);
  for (const double similarity : SsimOfEach(x, x)) EXPECT_NEAR(similarity, 1, 1e-6);
  const Tensor black = test::Filled({1, 1, 28, 28}, DType::kF32, 0);
  EXPECT_NEAR(SsimOfEach(black, black)[0], 1, 1e-6);
}

}  // namespace
}  // namespace hourglass
