#include "hourglass/nn/params.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hourglass {
namespace {

ParamLayout Layout() {
  ParamLayout layout;
  layout.Declare("a", {{"weight", {30, 50}, .1}, {"bias", {30}, .1}});
  layout.Declare("b", {{"weight", {7, 30}, .2}});
  return layout;
}

FlatParams Drawn(uint64_t seed) {
  FlatParams params(Layout());
  DrawInitialValues(Layout(), seed, params.flat());
  return params;
}

TEST(ParamLayout, LaysParametersOneAfterTheOtherAligned) {
  const ParamLayout layout = Layout();
  ASSERT_EQ(layout.named().size(), 3u);
  EXPECT_EQ(layout.named()[1].name, "a.bias");
  EXPECT_EQ(layout.named()[1].offset, 1504);  // 1,500 rounded up to a multiple of 16
  EXPECT_EQ(layout.size(), 1504 + 32 + 224);
  EXPECT_EQ(layout.count(), 1500 + 30 + 210);
}

TEST(FlatParams, LayersSeeTheFlatBufferAlsoAfterAMove) {
  FlatParams first(Layout());
  EXPECT_EQ(first.flat().data<float>()[1504], 0.0f);
  FlatParams params = std::move(first);
  params.flat().data<float>()[1504] = 42;
  EXPECT_EQ(params.layer(0)[1].data<float>()[0], 42.0f);
  EXPECT_EQ(ParamView(params.flat(), Layout().named()[1]).data<float>()[0], 42.0f);
}

TEST(FlatParams, DrawsUniformInitialValues) {
  const FlatParams params = Drawn(0);
  const auto weight = params.layer(0)[0].span<float>();
  double squares = 0;
  for (float value : weight) {
    EXPECT_LE(std::abs(value), .1f);
    squares += double(value) * value;
  }
  EXPECT_GT(std::ranges::max(weight), .099f);
  EXPECT_NEAR(squares / 1500, .01 / 3, .0003);  // the variance of U(-.1, .1)
}

TEST(FlatParams, TheSeedDecides) {
  const auto weights = [](const FlatParams& params) {
    const auto values = params.flat().span<float>();
    return std::vector<float>(values.begin(), values.end());
  };
  EXPECT_EQ(weights(Drawn(3)), weights(Drawn(3)));
  EXPECT_NE(weights(Drawn(3)), weights(Drawn(4)));
}

}  // namespace
}  // namespace hourglass
