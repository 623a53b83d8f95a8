// The kernels of the search, on every instruction set that was compiled and that this processor has.
#include "hourglass/neighbours/detail/tile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <bit>
#include <numeric>

#include "hourglass/neighbours/detail/packed_points.h"
#include "neighbours/plain_loops.h"

namespace hourglass::test {
namespace {

using ::testing::ElementsAre;

class TileTest : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

// The keys of all points with all points, [padded, padded].
std::vector<int32_t> Keys(TileKind kind, const PackedPoints& points, bool without_vnni = false) {
  std::vector<int32_t> keys(static_cast<size_t>(points.padded() * points.padded()));
  Tensor scratch(Shape{kTileGrain * points.steps() * 4}, DType::kU8);
  const TilePoints all = points.Block(0, points.padded());
  const Tile tile = {.rows = all,
                     .columns = all,
                     .steps = points.steps(),
                     .shrink = points.shrink(),
                     .scratch = scratch.data<uint8_t>(),
                     .out = keys.data()};
  if (without_vnni) {
    ComputeBytesL2WithoutVnni(tile);
  } else {
    ComputeTile(kind, tile);
  }
  return keys;
}

std::vector<int32_t> AllOf(int64_t size) {
  std::vector<int32_t> all(static_cast<size_t>(size));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST_P(TileTest, BytesAreExact) {
  for (const int64_t size : {1, 3, 4, 7, 8, 9, 63, 200}) {
    const Tensor points = RandomBytes(130, size, static_cast<uint32_t>(size));
    for (const TileKind kind : {TileKind::kBytesL1, TileKind::kBytesL2}) {
      const PackedPoints packed = PackedPoints::OfBytes(kind, points, AllOf(size));
      const std::vector<int32_t> keys = Keys(kind, packed);
      const Distance distance = kind == TileKind::kBytesL1 ? Distance::kL1 : Distance::kL2;
      for (int64_t i = 0; i < 130; ++i) {
        for (int64_t j = 0; j < 130; ++j) {
          ASSERT_EQ(keys[static_cast<size_t>(i * packed.padded() + j)],
                    PlainDistance(points, i, points, j, distance))
              << size << ": " << i << ", " << j;
        }
      }
      if (kind == TileKind::kBytesL2) {
        EXPECT_EQ(keys, Keys(kind, packed, /*without_vnni=*/true));
      }
    }
  }
}

// The bounds are below the distance by no more than rounding explains. A lower bound would only cost time.
TEST_P(TileTest, FloatsAreTightLowerBounds) {
  for (const int64_t size : {1, 2, 16, 100}) {
    const Tensor points = NormalFloats(130, size, static_cast<uint32_t>(size), 0.5f);
    constexpr double kScale = 0.125;
    for (const TileKind kind : {TileKind::kFloatsL1, TileKind::kFloatsL2, TileKind::kFewFloatsL2}) {
      const std::vector<double> center(static_cast<size_t>(size), kind == TileKind::kFloatsL2 ? 0.25 : 0);
      const PackedPoints packed = PackedPoints::OfFloats(kind, points, center, kScale);
      const std::vector<int32_t> keys = Keys(kind, packed);
      const bool l1 = kind == TileKind::kFloatsL1;
      for (int64_t i = 0; i < 130; ++i) {
        for (int64_t j = 0; j < 130; ++j) {
          const double key = std::bit_cast<float>(keys[static_cast<size_t>(i * packed.padded() + j)]);
          const double exact = PlainDistance(points, i, points, j, l1 ? Distance::kL1 : Distance::kL2) *
                               (l1 ? kScale : kScale * kScale);
          ASSERT_LE(key, exact) << size << ": " << i << ", " << j;
          ASSERT_GE(key, exact - 2e-5 * static_cast<double>(size)) << size << ": " << i << ", " << j;
        }
      }
    }
  }
}

// If all points are close together and far from the origin, small distances keep their digits.
TEST_P(TileTest, FewFloatsAreTightRelatively) {
  Tensor points = NormalFloats(130, 2, 7, 1e-4f);
  for (int64_t i = 0; i < points.size(); ++i) points.data<float>()[i] += 1000;
  const PackedPoints packed =
      PackedPoints::OfFloats(TileKind::kFewFloatsL2, points, std::vector<double>(2, 0), 0x1p-10);
  const std::vector<int32_t> keys = Keys(TileKind::kFewFloatsL2, packed);
  for (int64_t i = 0; i < 130; ++i) {
    for (int64_t j = 0; j < 130; ++j) {
      const double key = std::bit_cast<float>(keys[static_cast<size_t>(i * packed.padded() + j)]);
      const double exact = PlainDistance(points, i, points, j, Distance::kL2) * 0x1p-20;
      ASSERT_LE(key, exact);
      ASSERT_GE(key, exact * (1 - 1e-5) - 2 * kTileUnderflow);
    }
  }
}

TEST_P(TileTest, FindsWhatIsWithin) {
  for (const int64_t count : {1, 5, 16, 33, 256}) {
    const Tensor values = RandomBytes(1, 2 * count, static_cast<uint32_t>(count), 20);
    const std::vector<int32_t> both(values.data<uint8_t>(), values.data<uint8_t>() + 2 * count);
    const int32_t* keys = both.data();
    const int32_t* limits = keys + count;
    std::vector<int32_t> below_ten, below_each;
    for (int64_t c = 0; c < count; ++c) {
      if (keys[c] <= 10) below_ten.push_back(static_cast<int32_t>(c));
      if (keys[c] <= limits[c]) below_each.push_back(static_cast<int32_t>(c));
    }
    std::vector<int32_t> found(static_cast<size_t>(count + kFindRoom));
    found.resize(static_cast<size_t>(FindWithin(keys, 10, count, found.data())));
    EXPECT_EQ(found, below_ten);
    found.resize(static_cast<size_t>(count + kFindRoom));
    found.resize(static_cast<size_t>(FindWithin(keys, limits, count, found.data())));
    EXPECT_EQ(found, below_each);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, TileTest, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

}  // namespace
}  // namespace hourglass::test
