// The whole model: its gradient against differences of its loss, its initial weights, its shapes.
#include "hourglass/model/autoencoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

Tensor UniformImages(const Shape& shape, uint64_t seed) {
  const Rng rng(seed, Stream::kPick);
  Tensor images(shape);
  for (int64_t i = 0; i < images.size(); ++i)
    images.data<float>()[i] = rng.Uniform(0, 0, static_cast<uint32_t>(i));
  return images;
}

// A direction of length 1 over all parameters; the gaps between them stay 0.
std::vector<float> RandomDirection(const ParamStore& params, uint32_t number) {
  const Rng rng(99, Stream::kPick);
  std::vector<float> direction(static_cast<size_t>(params.size()));
  double squares = 0;
  for (const NamedParam& param : params.named()) {
    for (int64_t i = param.offset; i < param.offset + param.shape.size(); ++i) {
      const float value = rng.Normal(number, 0, static_cast<uint32_t>(i));
      direction[static_cast<size_t>(i)] = value;
      squares += static_cast<double>(value) * value;
    }
  }
  for (float& value : direction) value = static_cast<float>(value / std::sqrt(squares));
  return direction;
}

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// The loss, summed in f64 throughout: Backend::Loss is too coarse for differences.
double PreciseLoss(LossKind loss, const Tensor& y, const Tensor& target) {
  double sum = 0;
  for (int64_t i = 0; i < y.size(); ++i) {
    const double error = static_cast<double>(y.data<float>()[i]) - target.data<float>()[i];
    sum += loss == LossKind::kMse ? error * error : std::abs(error);
  }
  return sum / static_cast<double>(y.size());
}

class WholeGradient : public testing::TestWithParam<LossKind> {};

TEST_P(WholeGradient, EqualsDifferencesAlongRandomDirections) {
  const auto backend = MakeBackend({.threads = 1});
  Autoencoder model(MakeArchitecture("mlp4", {1, 8, 8}, 5), *backend, 3);
  const Tensor input = UniformImages({64, 1, 8, 8}, 1), target = UniformImages({64, 1, 8, 8}, 2);
  model.LossGradient(GetParam(), input, target);
  const Tensor gradient = model.params().grads().Clone();
  const double norm = std::sqrt(Dot(gradient.span<float>(), gradient.span<float>()));
  ASSERT_GT(norm, 1e-3);

  const Tensor start = model.params().values().Clone();
  const auto loss_at = [&](std::span<const float> direction, double h) {
    auto values = model.params().values().span<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(start.span<float>()[i] + h * direction[i]);
    }
    return PreciseLoss(GetParam(), model.Reconstruct(input), target);
  };
  // The gradient's own direction first: along a random one nearly all of it is invisible.
  std::vector<std::vector<float>> directions(1);
  for (float value : gradient.span<float>()) directions[0].push_back(static_cast<float>(value / norm));
  for (uint32_t number = 0; number < 10; ++number)
    directions.push_back(RandomDirection(model.params(), number));
  constexpr double kStep = 1e-3;
  for (const auto& direction : directions) {
    const double difference = (loss_at(direction, kStep) - loss_at(direction, -kStep)) / (2 * kStep);
    EXPECT_NEAR(difference, Dot(gradient.span<float>(), direction), 1e-3 * norm);
  }
}

INSTANTIATE_TEST_SUITE_P(Autoencoder, WholeGradient, testing::Values(LossKind::kMse, LossKind::kL1),
                         [](const auto& loss) { return std::string(Name(loss.param)); });

TEST(Autoencoder, GradientsAreOverwrittenNotAdded) {
  const auto backend = MakeBackend({.threads = 1});
  Autoencoder model(MakeArchitecture("mlp4", {1, 4, 4}, 2), *backend, 3);
  const Tensor images = UniformImages({8, 1, 4, 4}, 1);
  model.LossGradient(LossKind::kMse, images, images);
  const Tensor first = model.params().grads().Clone();
  model.LossGradient(LossKind::kMse, images, images);
  EXPECT_TRUE(std::ranges::equal(first.span<float>(), model.params().grads().span<float>()));
}

// PyTorch draws weight and bias of a linear layer uniformly from ±1/√inputs.
TEST(Autoencoder, StartsAsPyTorchsLayersDo) {
  const auto backend = MakeBackend({.threads = 1});
  const Autoencoder model(MakeArchitecture("mlp4", {1, 28, 28}, 8), *backend, 0);
  for (const NamedParam& param : model.params().named()) {
    const double inputs = param.name.starts_with("fc1") ? 784 : param.name.starts_with("fc3") ? 8 : 392;
    const double bound = 1 / std::sqrt(inputs), n = static_cast<double>(param.shape.size());
    const Tensor value = model.params().Value(param);
    double sum = 0, squares = 0, largest = 0;
    for (const float number : value.span<float>()) {
      sum += number;
      squares += static_cast<double>(number) * number;
      largest = std::max(largest, std::abs(static_cast<double>(number)));
    }
    EXPECT_LE(largest, bound * (1 + 1e-6)) << param.name;
    EXPECT_GE(largest, bound * (1 - 8 / n)) << param.name;
    // five standard errors of the mean and of the mean square of a uniform distribution
    EXPECT_NEAR(sum / n, 0, 5 * bound / std::sqrt(3 * n)) << param.name;
    EXPECT_NEAR(squares / n, bound * bound / 3, 5 * bound * bound * std::sqrt(4.0 / 45 / n)) << param.name;
  }
}

TEST(Autoencoder, TheSeedDecidesTheStart) {
  const auto backend = MakeBackend({.threads = 1});
  const Architecture architecture = MakeArchitecture("mlp4", {1, 8, 8}, 4);
  const Autoencoder one(architecture, *backend, 1), same(architecture, *backend, 1),
      other(architecture, *backend, 2);
  EXPECT_TRUE(std::ranges::equal(one.params().values().span<float>(), same.params().values().span<float>()));
  EXPECT_FALSE(
      std::ranges::equal(one.params().values().span<float>(), other.params().values().span<float>()));
}

TEST(Autoencoder, InferenceDoesNotDependOnTheOtherRows) {
  const auto backend = MakeBackend({.threads = 2});
  const Autoencoder model(MakeArchitecture("mlp4", {1, 6, 6}, 3), *backend, 1);
  const Tensor images = UniformImages({2500, 1, 6, 6}, 4);
  const Tensor codes = model.Encode(images), output = model.Reconstruct(images);
  EXPECT_EQ(codes.shape(), Shape({2500, 3}));
  EXPECT_EQ(output.shape(), Shape({2500, 1, 6, 6}));
  for (const int64_t row : {0, 999, 1000, 2499}) {
    const Tensor alone = model.Decode(model.Encode(images.Rows(row, 1)));
    for (int64_t i = 0; i < alone.size(); ++i) {
      EXPECT_NEAR(alone.data<float>()[i], output.Rows(row, 1).data<float>()[i], 1e-6) << "row " << row;
    }
  }
}

TEST(Autoencoder, HalvesThatDoNotFitAreAUsageError) {
  const auto backend = MakeBackend({.threads = 1});
  Architecture broken = MakeArchitecture("mlp4", {1, 8, 8}, 4);
  broken.code_size = 5;
  EXPECT_THROW(Autoencoder(broken, *backend, 1), Error);
}

}  // namespace
}  // namespace hourglass
