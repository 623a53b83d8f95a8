// The optimizers by name, and how they differ.
#include "hourglass/optim/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

// The parameter after each step on a constant gradient, starting at 1.
std::vector<float> Steps(const OptimizerSettings& settings, float gradient, int count) {
  const auto backend = MakeBackend({.threads = 1});
  const auto optimizer = MakeOptimizer(settings, {.size = 1, .params = {{{1}, 0}}});
  const Tensor grads = Filled({1}, DType::kF32, gradient);
  Tensor params = Filled({1}, DType::kF32, 1);
  std::vector<float> values;
  for (int step = 0; step < count; ++step) {
    optimizer->Step(*backend, 0.1, grads, params);
    values.push_back(params.data<float>()[0]);
  }
  EXPECT_EQ(optimizer->steps(), count);
  EXPECT_EQ(optimizer->name(), settings.name);
  return values;
}

TEST(Optimizers, TheDecoupledPenaltyDoesNotPassThroughTheMoments) {
  // Without a gradient, Adam's L2 penalty is a full step; AdamW only shrinks by rate · decay.
  EXPECT_NEAR(Steps({.name = "adam", .adam = {.weight_decay = 0.5}}, 0, 1)[0], 0.9, 1e-5);
  EXPECT_NEAR(Steps({.name = "adamw", .adam = {.weight_decay = 0.5}}, 0, 1)[0], 0.95, 1e-6);
  EXPECT_NEAR(Steps({.name = "adamw", .adam = {.weight_decay = 0.5}}, 2, 1)[0], 0.85, 1e-5);
}

TEST(Optimizers, AdamaxStepsByTheLargestGradient) {
  for (float value : Steps({.name = "adamax"}, 3, 1)) EXPECT_NEAR(value, 0.9, 1e-6);
}

TEST(Optimizers, SgdKeepsAShareOfItsLastStep) {
  const std::vector<float> values = Steps({.name = "sgd", .momentum = 0.5}, 1, 3);
  EXPECT_NEAR(values[0], 0.9, 1e-6);
  EXPECT_NEAR(values[1], 0.9 - 0.15, 1e-6);
  EXPECT_NEAR(values[2], 0.9 - 0.15 - 0.175, 1e-6);
}

// A matrix of 2 x 3 at 0, a gap, and a bias of 2 at 16.
constexpr int64_t kBias = 16;
FlatLayout MatrixAndBias() {
  return {.size = 32, .params = {{{2, 3}, 0}, {{2}, kBias}}};
}

// What the iterations of Muon make of a singular value.
double Iterated(double x) {
  const auto [a, b, c] = kMuonPolynomial;
  for (int i = 0; i < kMuonIterations; ++i) x = a * x + b * std::pow(x, 3) + c * std::pow(x, 5);
  return x;
}

TEST(Optimizers, MuonStepsAboutAsFarInEveryDirectionOfAMatrix) {
  const auto backend = MakeBackend({.threads = 1});
  const auto muon = MakeOptimizer({.name = "muon"}, MatrixAndBias());
  Tensor grads = Filled({32}, DType::kF32, 0), params = Filled({32}, DType::kF32, 0);
  grads.span<float>()[0] = 5;  // the matrix [5 0 0; 0 0.05 0] has the singular values 5 and 0.05
  grads.span<float>()[4] = 0.05f;
  muon->Step(*backend, 0.1, grads, params);
  const double norm = std::hypot(5, 0.05), scale = 0.1 * 0.2 * std::sqrt(3.0);
  EXPECT_NEAR(params.span<float>()[0], -scale * Iterated(5 / norm), 1e-5 * scale);
  EXPECT_NEAR(params.span<float>()[4], -scale * Iterated(0.05 / norm), 1e-5 * scale);
  for (const size_t i : {1, 2, 3, 5}) EXPECT_EQ(params.span<float>()[i], 0) << i;
}

TEST(Optimizers, MuonOnlyDecaysWithoutAGradient) {
  const auto backend = MakeBackend({.threads = 1});
  const auto muon = MakeOptimizer({.name = "muon", .adam = {.weight_decay = 0.5}}, MatrixAndBias());
  const Tensor grads = Filled({32}, DType::kF32, 0);
  Tensor params = Filled({32}, DType::kF32, 1);
  muon->Step(*backend, 0.1, grads, params);
  for (const float weight : params.span<float>().first(6)) EXPECT_FLOAT_EQ(weight, 0.95f);
}

TEST(Optimizers, MuonTreatsBiasesAsAdamWDoes) {
  const auto backend = MakeBackend({.threads = 1});
  const auto muon = MakeOptimizer({.name = "muon", .adam = {.weight_decay = 0.5}}, MatrixAndBias());
  Tensor grads = Filled({32}, DType::kF32, 0), params = Filled({32}, DType::kF32, 1);
  for (float& bias : grads.span<float>().subspan(kBias, 2)) bias = 2;
  for (int step = 0; step < 3; ++step) muon->Step(*backend, 0.1, grads, params);
  const std::vector<float> expected = Steps({.name = "adamw", .adam = {.weight_decay = 0.5}}, 2, 3);
  for (const float bias : params.span<float>().subspan(kBias, 2)) EXPECT_EQ(bias, expected.back());
  EXPECT_NEAR(params.span<float>()[0], 0.95 * 0.95 * 0.95, 1e-6) << "decay";
  for (const float gap : params.span<float>().subspan(6, kBias - 6)) EXPECT_EQ(gap, 1) << "in the gap";
}

TEST(Optimizers, AreFoundByName) {
  EXPECT_EQ(OptimizerNames(), (std::vector<std::string>{"adam", "adamax", "adamw", "muon", "sgd"}));
  try {
    MakeOptimizer({.name = "adamv"}, {.size = 1, .params = {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("adam"), std::string::npos);
  }
}

}  // namespace
}  // namespace hourglass::test
