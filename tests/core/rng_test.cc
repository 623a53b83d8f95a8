#include "hourglass/core/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "hourglass/core/torch_generator.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

TEST(Rng, IsAFunctionOfItsAddress) {
  const Rng rng(5, Stream::kNoise);
  EXPECT_EQ(rng.Block(1, 2, 3), Rng(5, Stream::kNoise).Block(1, 2, 3));
  const std::set<std::array<uint32_t, 4>> blocks = {
      rng.Block(1, 2, 3),
      rng.Block(2, 2, 3),
      rng.Block(1, 3, 3),
      rng.Block(1, 2, 4),
      Rng(6, Stream::kNoise).Block(1, 2, 3),
      Rng(5, Stream::kPick).Block(1, 2, 3),
      rng.Block(1, 2 + (uint64_t{1} << 33), 3),
      Rng(5 + (uint64_t{1} << 40), Stream::kNoise).Block(1, 2, 3)};
  EXPECT_EQ(blocks.size(), 8u);
}

TEST(Rng, UniformStaysInRangeAndSpreads) {
  const Rng rng(1, Stream::kNoise);
  double sum = 0;
  for (uint32_t i = 0; i < 10'000; ++i) {
    const float u = rng.Uniform(0, 0, i);
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    sum += u;
  }
  EXPECT_NEAR(sum / 10'000, .5, .01);
}

TEST(Permutation, HoldsEveryNumberOnceAndDependsOnTheEpoch) {
  const Rng rng(3, Stream::kPick);
  std::vector<int64_t> first = Permutation(rng, 1, 1000), second = Permutation(rng, 2, 1000);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, Permutation(rng, 1, 1000));
  std::ranges::sort(first);
  for (int64_t i = 0; i < 1000; ++i) EXPECT_EQ(first[static_cast<size_t>(i)], i);
}

TEST(Permutation, SendsEachNumberEverywhere) {
  // The position of 0 over many epochs: each third of the positions about equally often.
  int thirds[3] = {};
  for (uint32_t epoch = 0; epoch < 3000; ++epoch) {
    const auto order = Permutation(Rng(3, Stream::kPick), epoch, 9);
    ++thirds[(std::ranges::find(order, 0) - order.begin()) / 3];
  }
  for (int count : thirds) EXPECT_NEAR(count, 1000, 130);  // five standard deviations
}

TEST(Permutation, TakesNothingAndOne) {
  EXPECT_TRUE(Permutation(Rng(1, Stream::kPick), 0, 0).empty());
  EXPECT_EQ(Permutation(Rng(1, Stream::kPick), 0, 1), std::vector<int64_t>{0});
}

TEST(Rng, NumbersOutsideItsCountersAreUsageErrors) {
  const Rng rng(1, Stream::kPick);
  constexpr uint64_t kSample = Rng::kLastSample;
  constexpr uint32_t kEpoch = Rng::kLastEpoch;
  rng.Block(kEpoch, kSample, 0);
  test::ExpectUsageErrors({
      {"invalid sample", [&] { rng.Block(0, kSample + 1, 0); }},
      {"invalid sample", [&] { rng.Uniform(0, UINT64_MAX, 0); }},
      {"invalid epoch", [&] { rng.Normal(kEpoch + 1, 0, 0); }},
      {"expected: 1 or more", [&] { rng.Below(0, 0, 0, 0); }},
      {"invalid number of numbers", [&] { Permutation(rng, 0, -1); }},
      {"invalid number of numbers", [] { TorchGenerator(0).Permutation(int64_t{1} << 32); }},
  });
}

}  // namespace
}  // namespace hourglass
