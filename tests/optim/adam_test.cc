#include "hourglass/optim/adam.h"
#include "hourglass/backend/make_backend.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/random.h"

namespace hourglass::test {
namespace {

TEST(Adam, FirstStepIsTheLearningRateAlongTheSign) {
  const auto backend = MakeBackend({.threads = 1});
  Adam adam({}, {.size = 3});
  Tensor grads({3}), params = Filled({3}, DType::kF32, 1);
  grads.data<float>()[0] = 5, grads.data<float>()[1] = -0.01f, grads.data<float>()[2] = 0;
  adam.Step(*backend, 0.1, grads, params);
  EXPECT_NEAR(params.data<float>()[0], 0.9f, 1e-6);
  EXPECT_NEAR(params.data<float>()[1], 1.1f, 1e-6);
  EXPECT_EQ(params.data<float>()[2], 1.0f);
  EXPECT_EQ(adam.steps(), 1);
}

TEST(Adam, GoesOnFromItsState) {
  const auto backend = MakeBackend({.threads = 1});
  const auto step = [&](Adam& adam, Tensor& params, uint32_t seed) {
    adam.Step(*backend, 0.01, RandomTensor({40}, DType::kF32, seed), params);
  };
  Adam whole({.weight_decay = 1e-2}, {.size = 40}), first({.weight_decay = 1e-2}, {.size = 40}),
      second({.weight_decay = 1e-2}, {.size = 40});
  Tensor a = Filled({40}, DType::kF32, 1), b = a.Clone();
  for (uint32_t i = 0; i < 6; ++i) step(whole, a, i);
  for (uint32_t i = 0; i < 3; ++i) step(first, b, i);
  for (size_t s = 0; s < 2; ++s) *second.state()[s].second = first.state()[s].second->Clone();
  second.set_steps(first.steps());
  for (uint32_t i = 3; i < 6; ++i) step(second, b, i);
  EXPECT_EQ(Widen(a), Widen(b));
}

}  // namespace
}  // namespace hourglass::test
