// GELU as a layer: its numbers, and its gradient between convolutions, where it computes in their layout.
#include "hourglass/nn/gelu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "hourglass/backend/make_backend.h"
#include "hourglass/nn/conv.h"
#include "hourglass/nn/dense.h"
#include "hourglass/nn/reshape.h"
#include "hourglass/nn/sequential.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

// Published to four digits: GELU(1) = 0.8413, GELU(-1) = -0.1587, the exact form; the one with tanh gives
// 0.8412 and -0.1588.
TEST(Gelu, HasTheExactForm) {
  const auto backend = MakeBackend({.threads = 1});
  Tensor x({1, 4}), y;
  const float numbers[] = {-1, 0, 1, 2};
  std::ranges::copy(numbers, x.data<float>());
  Gelu().Forward(*backend, {}, {}, x, DType::kF32, y);
  const double expected[] = {-0.15865525, 0, 0.84134475, 1.95449974};
  for (int64_t i = 0; i < 4; ++i) EXPECT_NEAR(y.data<float>()[i], expected[i], 2e-7);
}

// Encoders in bf16 may give their last output in f32.
TEST(Gelu, WritesF32FromBF16) {
  const auto backend = MakeBackend({.threads = 2});
  const Tensor x = RandomTensor({9, 30}, DType::kBF16, 1, -3, 3);
  Tensor wide, narrow;
  Gelu().Forward(*backend, {}, {}, x, DType::kF32, wide);
  Gelu().Forward(*backend, {}, {}, x, DType::kBF16, narrow);
  EXPECT_EQ(wide.dtype(), DType::kF32);
  EXPECT_LE(RelativeError(Widen(narrow), Widen(wide)), 0x1p-8);
}

TEST(Gelu, GradientThroughConvolutionsAndDenseLayersEqualsDifferences) {
  ParamLayout layout;
  Sequential network({2, 4, 5});
  const auto add = [&](std::unique_ptr<Layer> layer) {
    network.Add(std::to_string(network.size()), std::move(layer), layout);
  };
  add(std::make_unique<Gelu>());
  add(std::make_unique<Conv>(2, 3, ConvGeometry{.kernel = 3, .padding = 1}, Activation::kNone));
  add(std::make_unique<Gelu>());
  add(std::make_unique<Conv>(3, 2, ConvGeometry{.kernel = 3, .stride = 2, .padding = 1}, Activation::kNone));
  add(std::make_unique<Gelu>());
  add(std::make_unique<Flatten>());
  add(std::make_unique<Dense>(12, 5, Activation::kNone));
  add(std::make_unique<Gelu>());
  FlatParams params(layout), grads(layout);
  DrawInitialValues(layout, 1, params.flat());
  const auto backend = MakeBackend({.threads = 2});
  Tensor x = RandomTensor({17, 2, 4, 5}, DType::kF32, 1, -2, 2);
  const std::vector<double> weights = RandomDoubles(17 * 5, 2);
  Activations activations;
  const auto value = [&] {
    const Tensor& y = network.Forward(*backend, params, Pass(), x, activations, true);
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * y.data<float>()[i];
    return sum;
  };
  value();
  Tensor dy = RandomTensor({17, 5}, DType::kF32, 2), dx;
  network.Backward(*backend, params, grads, Pass(), x, activations, dy, &dx);
  constexpr float kStep = 1e-2f;
  for (int64_t i = 0; i < x.size(); ++i) {
    const float kept = x.data<float>()[i];
    x.data<float>()[i] = kept + kStep;
    const double above = value();
    x.data<float>()[i] = kept - kStep;
    const double below = value();
    x.data<float>()[i] = kept;
    EXPECT_NEAR(dx.data<float>()[i], (above - below) / (2 * kStep), 2e-4) << "element " << i;
  }
}

}  // namespace
}  // namespace hourglass::test
