// Residual blocks: shapes, parameters, and the gradients of input and parameters in every position.
#include "hourglass/nn/residual.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "hourglass/backend/make_backend.h"
#include "hourglass/nn/sequential.h"
#include "support/random.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

TEST(Residual, HasTwoConvolutionsAndKeepsTheShape) {
  const Residual block(3, 5, 3, Activation::kRelu);
  EXPECT_EQ(block.OutputShape({3, 7, 1}), Shape({3, 7, 1}));
  EXPECT_EQ(block.kept_shapes({3, 7, 1}), std::vector<Shape>(2, Shape{5, 7, 1}));
  EXPECT_EQ(block.activation(), Activation::kNone) << "of its output";
  const auto specs = block.param_specs();
  ASSERT_EQ(specs.size(), 4U);
  EXPECT_EQ(specs[0].name, "conv1.weight");
  EXPECT_EQ(specs[0].shape, Shape({5, 3, 3, 3}));
  EXPECT_EQ(specs[1].name, "conv1.bias");
  EXPECT_EQ(specs[1].shape, Shape({5}));
  EXPECT_EQ(specs[2].name, "conv2.weight");
  EXPECT_EQ(specs[2].shape, Shape({3, 5, 3, 3}));
  EXPECT_EQ(specs[3].name, "conv2.bias");
  EXPECT_EQ(specs[3].shape, Shape({3}));
  // The fan-in of nn.Conv2d is inputs · K².
  EXPECT_DOUBLE_EQ(specs[0].init_bound, 1 / std::sqrt(27.0));
  EXPECT_DOUBLE_EQ(specs[3].init_bound, 1 / std::sqrt(45.0));
}

TEST(Residual, IsMirroredByABlockOfItsSizes) {
  Json mirror = Residual(3, 5, 7, Activation::kTanh).MirrorConfig({3, 8, 8});
  EXPECT_EQ(mirror, (Json{{"kind", "residual"}, {"width", 5}, {"kernel", 7}}));
  EXPECT_EQ(
      LayerDefaults("residual", {6, 9, 9}),
      (Json{{"kind", "residual"}, {"channels", 6}, {"width", 6}, {"kernel", 3}, {"activation", "relu"}}));
}

TEST(Residual, OtherOutputTypesAreUsageErrors) {
  const auto backend = MakeBackend({.threads = 1});
  const Residual block(1, 1, 3, Activation::kRelu);
  const Tensor x = RandomTensor({2, 1, 3, 3}, DType::kBF16, 1);
  Tensor y;
  ExpectUsageErrors({{"type of the output of a residual block",
                      [&] { block.Forward(*backend, {}, {}, x, DType::kF32, y); }}});
}

// A network with parameters and the gradient of a weighted sum of its outputs.
class Network {
 public:
  explicit Network(Shape input) : network_(input) {}

  void Add(std::unique_ptr<Layer> layer) {
    network_.Add(std::to_string(network_.size()), std::move(layer), layout_);
  }
  // Starts with the input x; `threads` of the backend.
  void Start(Tensor x, int threads) {
    backend_ = MakeBackend({.threads = threads});
    x_ = std::move(x);
    params_ = FlatParams(layout_);
    grads_ = FlatParams(layout_);
    DrawInitialValues(layout_, 1, params_.flat());
    weights_ = RandomDoubles(network_.output_shape().size() * x_.rows(), 2);
  }
  std::vector<double> Outputs() {
    return Widen(network_.Forward(*backend_, params_, Pass(), x_, activations_, /*f32_output=*/false));
  }
  double Value() {
    const std::vector<double> y = Outputs();
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += weights_[i] * y[i];
    return sum;
  }
  // Writes grads() and, unless null, dx.
  void Backward(Tensor* dx) {
    Outputs();
    Tensor dy = RandomTensor(network_.output_shape().Batched(x_.rows()), x_.dtype(), 2);
    network_.Backward(*backend_, params_, grads_, Pass(), x_, activations_, dy, dx);
  }
  // The largest difference between `gradient` and differences of Value() for elements of `at`.
  double ErrorOf(std::span<float> at, std::span<const float> gradient) {
    constexpr float kStep = 1e-2f;
    double worst = 0;
    for (size_t i = 0; i < at.size(); ++i) {
      const float kept = at[i];
      at[i] = kept + kStep;
      const double above = Value();
      at[i] = kept - kStep;
      const double below = Value();
      at[i] = kept;
      worst = std::max(worst, std::abs(gradient[i] - (above - below) / (2 * kStep)));
    }
    return worst;
  }
  Tensor& x() { return x_; }
  Tensor& params() { return params_.flat(); }
  const Tensor& grads() const { return grads_.flat(); }

 private:
  ParamLayout layout_;
  Sequential network_;
  std::unique_ptr<Backend> backend_;
  Tensor x_;
  FlatParams params_, grads_;
  std::vector<double> weights_;
  Activations activations_;
};

// The number of blocks. Of three, the first reads rows and writes groups, the second reads and writes groups,
// and the third reads groups and writes rows; one alone reads and writes rows. 17 images: a whole group and
// another.
class ResidualGradient : public testing::TestWithParam<int> {
 protected:
  static Network Make(DType dtype = DType::kF32, int threads = 1) {
    Network network({2, 3, 4});
    for (int i = 0; i < GetParam(); ++i)
      network.Add(std::make_unique<Residual>(2, 3, 3, i % 2 == 0 ? Activation::kTanh : Activation::kSigmoid));
    network.Start(RandomTensor({17, 2, 3, 4}, dtype, 1), threads);
    return network;
  }
};

TEST_P(ResidualGradient, EqualsDifferences) {
  Network network = Make();
  Tensor dx;
  network.Backward(&dx);
  EXPECT_LE(network.ErrorOf(network.x().span<float>(), dx.span<float>()), 3e-4);
  EXPECT_LE(network.ErrorOf(network.params().span<float>(), network.grads().span<float>()), 3e-3);
}

TEST_P(ResidualGradient, OfParametersNeedsNoGradientOfTheInput) {
  Network with = Make(), without = Make();
  Tensor dx;
  with.Backward(&dx);
  without.Backward(nullptr);
  EXPECT_EQ(Widen(with.grads()), Widen(without.grads()));
}

TEST_P(ResidualGradient, InBf16IsNearThatInF32) {
  Network wide = Make(), narrow = Make(DType::kBF16, 2);
  Tensor dx, narrow_dx;
  wide.Backward(&dx);
  narrow.Backward(&narrow_dx);
  EXPECT_LE(RelativeError(narrow.Outputs(), wide.Outputs()), 0.03);
  EXPECT_LE(RelativeError(Widen(narrow_dx), Widen(dx)), 0.03);
  EXPECT_LE(RelativeError(Widen(narrow.grads()), Widen(wide.grads())), 0.03);
}

INSTANTIATE_TEST_SUITE_P(Blocks, ResidualGradient, testing::Values(1, 3), testing::PrintToStringParamName());

// With the second convolution at 0, a block does nothing.
TEST(Residual, AddsNothingToItsInputIfTheSecondConvolutionIsZero) {
  const auto backend = MakeBackend({.threads = 2});
  const Residual block(2, 4, 5, Activation::kRelu);
  std::vector<Tensor> params;
  for (const ParamSpec& spec : block.param_specs())
    params.push_back(spec.name.starts_with("conv1") ? RandomTensor(spec.shape, DType::kF32, 1)
                                                    : Filled(spec.shape, DType::kF32, 0));
  const Tensor x = RandomTensor({33, 2, 6, 5}, DType::kF32, 2);
  std::vector<Tensor> kept(2);
  Tensor y;
  block.Forward(*backend, params, {.kept = kept}, x, DType::kF32, y);
  EXPECT_EQ(Widen(y), Widen(x));
}

// Steps after the first one allocate nothing.
TEST(Residual, KeepsItsMemory) {
  const auto backend = MakeBackend({.threads = 1});
  ParamLayout layout;
  Sequential network({1, 4, 4});
  network.Add("block", std::make_unique<Residual>(1, 2, 3, Activation::kRelu), layout);
  FlatParams params(layout), grads(layout);
  Activations activations;
  std::vector<const void*> places[2];
  for (std::vector<const void*>& place : places) {
    const Tensor x = RandomTensor({5, 1, 4, 4}, DType::kF32, 1);
    Tensor dy = RandomTensor({5, 1, 4, 4}, DType::kF32, 2);
    network.Forward(*backend, params, Pass(), x, activations, true);
    network.Backward(*backend, params, grads, Pass(), x, activations, dy, nullptr);
    for (const Tensor& kept : activations.kept[0]) place.push_back(kept.raw());
  }
  EXPECT_EQ(places[0].size(), 2U);
  EXPECT_EQ(places[0], places[1]);
}

}  // namespace
}  // namespace hourglass::test
