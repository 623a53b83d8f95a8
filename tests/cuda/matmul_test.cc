// Products that cuBLASLt does not do, on the emulation.
#include "hourglass/cuda/matmul.h"

#include <gtest/gtest.h>

#include <vector>

#include "hourglass/core/check.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {
namespace {

// A product of m × 0 and 0 × n into `c`, column by column with one more element per column than rows.
std::vector<float> ProductOfNothing(int64_t m, int64_t n, std::vector<float> c, std::vector<float> bias,
                                    bool add) {
  Stream stream(emulation::Order::kForward);
  Launcher launcher(stream);
  Buffer<float> c_on_device(stream, std::ssize(c));
  stream.CopyFromHost(c_on_device.data(), c.data(), c.size() * sizeof(float));
  const float* bias_on_device = stream.StepInput(std::span<const float>(bias));
  Run(launcher, {.m = m,
                 .n = n,
                 .k = 0,
                 .a = nullptr,
                 .lda = m,
                 .b = nullptr,
                 .ldb = 0,
                 .c = c_on_device.data(),
                 .ldc = m + 1,
                 .add = add,
                 .bias = bias.empty() ? nullptr : bias_on_device});
  stream.CopyToHost(c.data(), c_on_device.data(), c.size() * sizeof(float));
  return c;
}

TEST(Matmul, OfAnEmptySumIsItsBias) {
  const std::vector<float> c = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(ProductOfNothing(2, 2, c, {}, false), (std::vector<float>{0, 0, 3, 0, 0, 6}));
  EXPECT_EQ(ProductOfNothing(2, 2, c, {10, 20}, false), (std::vector<float>{10, 20, 3, 10, 20, 6}));
  EXPECT_EQ(ProductOfNothing(2, 2, c, {10, 20}, true), (std::vector<float>{11, 22, 3, 14, 25, 6}));
}

TEST(Matmul, WithoutElementsDoesNothing) {
  EXPECT_EQ(ProductOfNothing(0, 2, {1, 2}, {}, false), (std::vector<float>{1, 2}));
  EXPECT_EQ(ProductOfNothing(1, 0, {1, 2}, {5}, false), (std::vector<float>{1, 2}));
}

// 1 + 2⁻¹¹ is the middle between 1 and the next number of TF32.
TEST(Matmul, RoundsToTf32OnlyIfAsked) {
  const std::vector<float> a = {1 + 0x1p-10f, 1 + 0x1p-12f, 1 + 0x1p-11f + 0x1p-20f};
  for (const bool tf32 : {false, true}) {
    Stream stream(emulation::Order::kForward);
    Launcher launcher(stream);
    Buffer<float> c_on_device(stream, 3);
    const std::vector<float> one = {1};
    cuda::Run(launcher, Matmul{.m = 3,
                               .n = 1,
                               .k = 1,
                               .tf32 = tf32,
                               .a = stream.StepInput(std::span<const float>(a)),
                               .lda = 3,
                               .b = stream.StepInput(std::span<const float>(one)),
                               .ldb = 1,
                               .c = c_on_device.data(),
                               .ldc = 3});
    std::vector<float> c(3);
    stream.CopyToHost(c.data(), c_on_device.data(), c.size() * sizeof(float));
    EXPECT_EQ(c, tf32 ? (std::vector<float>{1 + 0x1p-10f, 1, 1 + 0x1p-10f}) : a);
  }
}

TEST(Matmul, RefusesRowsThatDoNotFit) {
  Matmul product = {
      .m = 3, .n = 2, .k = 4, .a = nullptr, .lda = 3, .b = nullptr, .ldb = 4, .c = nullptr, .ldc = 3};
  EXPECT_NO_THROW(CheckMatmul(product));
  product.transpose_a = true;
  EXPECT_THROW(CheckMatmul(product), Bug);
}

}  // namespace
}  // namespace hourglass::cuda
