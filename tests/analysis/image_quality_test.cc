// PSNR by its definition.
#include "hourglass/analysis/image_quality.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hourglass {
namespace {

TEST(Psnr, IsTenTimesTheLogarithmOfTheInverse) {
  EXPECT_NEAR(Psnr(0.01), 20, 1e-12);
  EXPECT_NEAR(Psnr(1), 0, 1e-12);
  EXPECT_TRUE(std::isinf(Psnr(0)));
}

}  // namespace
}  // namespace hourglass
