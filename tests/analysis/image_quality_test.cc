// PSNR by its definition, and SSIM against plain loops over windows in double.
#include "hourglass/analysis/image_quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

TEST(Psnr, IsTenTimesTheLogarithmOfTheInverse) {
  EXPECT_NEAR(Psnr(0.01), 20, 1e-12);
  EXPECT_NEAR(Psnr(1), 0, 1e-12);
  EXPECT_TRUE(std::isinf(Psnr(0)));
}

// Sides above, at and below the window's, odd and even, down to one pixel; values outside of [0, 1] too.
TEST(Ssim, EqualsPlainLoops) {
  const Shape shapes[] = {{2, 1, 28, 28}, {3, 3, 13, 17}, {1, 1, 11, 11}, {2, 2, 8, 20},
                          {1, 1, 4, 4},   {1, 1, 2, 30},  {2, 1, 1, 1},   {1, 1, 1, 9}};
  for (const Shape& shape : shapes) {
    const Tensor x = test::RandomTensor(shape, DType::kF32, 1, 0, 1);
    Tensor y = test::RandomTensor(shape, DType::kF32, 2, -0.4, 0.4);
    for (int64_t i = 0; i < y.size(); ++i) y.data<float>()[i] += x.data<float>()[i];
    const std::vector<double> similarities = Ssim(x).Compare(y);
    ASSERT_EQ(similarities.size(), static_cast<size_t>(shape[0]));
    const int64_t C = shape[1], pixels = shape[2] * shape[3];
    for (int64_t image = 0; image < shape[0]; ++image) {
      double expected = 0;
      for (int64_t c = image * C; c < (image + 1) * C; ++c) {
        expected +=
            SsimOfChannel(x.data<float>() + c * pixels, y.data<float>() + c * pixels, shape[2], shape[3]) /
            static_cast<double>(C);
      }
      EXPECT_NEAR(similarities[static_cast<size_t>(image)], expected, 1e-4) << shape.ToString();
    }
  }
}

TEST(Ssim, OfEqualImagesIsOne) {
  const Tensor x = test::RandomTensor({2, 1, 12, 15}, DType::kF32, 3, 0, 1);
  for (const double similarity : Ssim(x).Compare(x)) EXPECT_NEAR(similarity, 1, 1e-6);
  const Tensor black = test::Filled({1, 1, 28, 28}, DType::kF32, 0);
  EXPECT_NEAR(Ssim(black).Compare(black)[0], 1, 1e-6);
}

}  // namespace
}  // namespace hourglass
