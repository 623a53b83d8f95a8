#include "hourglass/nn/sequential.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <string>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/nn/conv.h"
#include "hourglass/nn/dense.h"
#include "hourglass/nn/gelu.h"
#include "hourglass/nn/reshape.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

TEST(Sequential, NamesTheLayerThatDoesNotFit) {
  ParamLayout layout;
  Sequential network({1, 4, 4});
  network.Add("fc1", std::make_unique<Dense>(16, 5, Activation::kRelu), layout);
  try {
    network.Add("fc2", std::make_unique<Dense>(6, 2, Activation::kNone), layout);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.text().what.find("'fc2'"), std::string::npos);
    EXPECT_NE(error.text().what.find("[5]"), std::string::npos);
  }
}

// Three layers, so that gradients pass through both of the alternating buffers.
TEST(Sequential, GradientOfTheInputEqualsDifferences) {
  ParamLayout layout;
  Sequential network({6});
  network.Add("a", std::make_unique<Dense>(6, 5, Activation::kTanh), layout);
  network.Add("b", std::make_unique<Dense>(5, 7, Activation::kSigmoid), layout);
  network.Add("c", std::make_unique<Dense>(7, 3, Activation::kNone), layout);
  FlatParams params(layout), grads(layout);
  DrawInitialValues(layout, 1, params.flat());
  const auto backend = MakeBackend({.threads = 1});
  Tensor x = RandomTensor({4, 6}, DType::kF32, 1);
  const std::vector<double> weights = RandomDoubles(12, 2);
  Activations activations;
  const auto value = [&] {
    const Tensor& y = network.Forward(*backend, params, Pass(), x, activations, true);
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * y.data<float>()[i];
    return sum;
  };
  value();
  Tensor dy = RandomTensor({4, 3}, DType::kF32, 2), dx;
  network.Backward(*backend, params, grads, Pass(), x, activations, dy, &dx);
  constexpr float kStep = 1e-2f;
  for (int64_t i = 0; i < x.size(); ++i) {
    const float kept = x.data<float>()[i];
    x.data<float>()[i] = kept + kStep;
    const double above = value();
    x.data<float>()[i] = kept - kStep;
    const double below = value();
    x.data<float>()[i] = kept;
    EXPECT_NEAR(dx.data<float>()[i], (above - below) / (2 * kStep), 1e-4) << "element " << i;
  }
}

// Layers that keep the layout of their input stand between convolutions, before and after them.
TEST(Sequential, OnlyBetweenConvolutionsAreOutputsInTheirLayout) {
  ParamLayout layout;
  Sequential network({1, 4, 4});
  const auto add = [&](std::unique_ptr<Layer> layer) {
    network.Add(std::to_string(network.size()), std::move(layer), layout);
  };
  const auto conv = [] {
    return std::make_unique<Conv>(1, 1, ConvGeometry{.kernel = 3, .padding = 1}, Activation::kNone);
  };
  add(std::make_unique<Gelu>());
  add(conv());
  add(std::make_unique<Gelu>());
  add(std::make_unique<Gelu>());
  add(conv());
  add(std::make_unique<Gelu>());
  add(std::make_unique<Flatten>());
  add(std::make_unique<Gelu>());
  const FlatParams params(layout);
  const auto backend = MakeBackend({.threads = 1});
  Activations activations;
  network.Forward(*backend, params, Pass(), RandomTensor({3, 1, 4, 4}, DType::kF32, 1), activations, true);
  const RowLayout rows = RowLayout::kRows, groups = backend->conv_layout();
  const RowLayout expected[] = {rows, groups, groups, groups, rows, rows, rows, rows};
  ASSERT_NE(rows, groups);
  for (size_t i = 0; i < std::size(expected); ++i)
    EXPECT_EQ(activations.outputs[i].layout(), expected[i]) << "layer " << i;
}

TEST(Sequential, StepsAfterTheFirstReuseTheirBuffers) {
  ParamLayout layout;
  Sequential network({6});
  network.Add("a", std::make_unique<Dense>(6, 5, Activation::kTanh), layout);
  FlatParams params(layout), grads(layout);
  DrawInitialValues(layout, 1, params.flat());
  const auto backend = MakeBackend({.threads = 1});
  Activations activations;
  const void* first =
      network.Forward(*backend, params, Pass(), RandomTensor({4, 6}, DType::kF32, 1), activations, true)
          .raw();
  const void* second =
      network.Forward(*backend, params, Pass(), RandomTensor({3, 6}, DType::kF32, 2), activations, true)
          .raw();
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace hourglass::test
