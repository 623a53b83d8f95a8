// The optimizers by name, and how they differ.
#include "hourglass/optim/optimizer.h"

#include <gtest/gtest.h>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

// The parameter after each step on a constant gradient, starting at 1.
std::vector<float> Steps(const OptimizerSettings& settings, float gradient, int count) {
  const auto backend = MakeBackend({.threads = 1});
  const auto optimizer = MakeOptimizer(settings, 1);
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

TEST(Optimizers, AreFoundByName) {
  EXPECT_EQ(OptimizerNames(), (std::vector<std::string>{"adam", "adamax", "adamw", "sgd"}));
  try {
    MakeOptimizer({.name = "adamv"}, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("adam"), std::string::npos);
  }
}

}  // namespace
}  // namespace hourglass::test
