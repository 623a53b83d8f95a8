#include "hourglass/nn/param_store.h"
#include "hourglass/backend/make_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hourglass {
namespace {

ParamStore Store(uint64_t seed) {
  ParamStore store;
  store.Declare("a", {{"weight", {30, 50}, .1}, {"bias", {30}, .1}});
  store.Declare("b", {{"weight", {7, 30}, .2}});
  store.Allocate(seed);
  return store;
}

TEST(ParamStore, LaysParametersOneAfterTheOtherAligned) {
  const ParamStore store = Store(0);
  ASSERT_EQ(store.named().size(), 3u);
  EXPECT_EQ(store.named()[1].name, "a.bias");
  EXPECT_EQ(store.named()[1].offset, 1504);  // 1,500 rounded up to a multiple of 16
  EXPECT_EQ(store.size(), 1504 + 32 + 224);
  EXPECT_EQ(store.count(), 1500 + 30 + 210);
}

TEST(ParamStore, LayersSeeTheFlatBuffers) {
  ParamStore store = Store(0);
  store.values().data<float>()[1504] = 42;
  store.grads().data<float>()[1536] = 43;
  EXPECT_EQ(store.layer(0).values[1].data<float>()[0], 42.0f);
  EXPECT_EQ(store.Value(store.named()[1]).data<float>()[0], 42.0f);
  EXPECT_EQ(store.layer(1).grads[0].data<float>()[0], 43.0f);
  store.ZeroGrads(*MakeBackend({.threads = 1}));
  EXPECT_EQ(store.layer(1).grads[0].data<float>()[0], 0.0f);
}

TEST(ParamStore, DrawsUniformInitialValues) {
  const ParamStore store = Store(0);
  const auto weight = store.layer(0).values[0].span<float>();
  double squares = 0;
  for (float value : weight) {
    EXPECT_LE(std::abs(value), .1f);
    squares += double(value) * value;
  }
  EXPECT_GT(std::ranges::max(weight), .099f);
  EXPECT_NEAR(squares / 1500, .01 / 3, .0003);  // the variance of U(-.1, .1)
}

TEST(ParamStore, TheSeedDecides) {
  const auto weights = [](const ParamStore& store) {
    const auto values = store.values().span<float>();
    return std::vector<float>(values.begin(), values.end());
  };
  EXPECT_EQ(weights(Store(3)), weights(Store(3)));
  EXPECT_NE(weights(Store(3)), weights(Store(4)));
}

}  // namespace
}  // namespace hourglass
