// Whole maps: quality on blobs, equal bits, resuming, other settings, new points.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/map/map_run.h"
#include "hourglass/map/placement.h"
#include "hourglass/neighbours/measures.h"
#include "support/random.h"
#include "support/temporary_directory.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

constexpr int64_t kBlobs = 6;

// Points around centres that are far apart; point i belongs to blob i % kBlobs.
Tensor Blobs(int64_t n, uint32_t seed) {
  Tensor points = RandomTensor({n, 8}, DType::kF32, seed);
  for (int64_t i = 0; i < n; ++i) points.data<float>()[i * 8 + i % kBlobs] += 10;
  return points;
}

std::vector<int32_t> BlobsOf(int64_t n) {
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < n; ++i) labels.push_back(static_cast<int32_t>(i % kBlobs));
  return labels;
}

MapOptions Options(int64_t iterations = 200) {
  MapOptions options;
  options.perplexities = {15};
  options.schedule.exaggerated = 60;
  options.schedule.iterations = iterations;
  options.threads = 2;
  return options;
}

class StopAfter final : public MapObserver {
 public:
  explicit StopAfter(int64_t iterations) : left_(iterations) {}
  bool StopRequested() override { return left_-- == 0; }

 private:
  int64_t left_;
};

bool SameBits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.byte_size()) == 0;
}

class MapTest : public testing::Test {
 protected:
  MadeMap Make(const Tensor& points, const MapOptions& options, const std::string& name) {
    MapObserver observer;
    return MakeMap(points, options, {{"data", "blobs"}}, folder_ / name, observer);
  }
  TemporaryDirectory folder_;
};

TEST_F(MapTest, KeepsBlobsAndNeighbourhoods) {
  for (const int64_t n : {300, 1200}) {  // all pairs, and the grid
    for (const int64_t d : {1, 2, 3}) {
      MapOptions options = Options();
      options.dimensions = d;
      const Tensor points = Blobs(n, 1);
      const MadeMap map = Make(points, options, fmt::format("{}-{}", n, d));
      EXPECT_TRUE(map.complete);
      EXPECT_EQ(map.iterations, 200);
      const Neighbours input = NearestNeighbours(points, {.k = 20, .threads = 1});
      const Neighbours code = NearestNeighbours(map.codes, {.k = 20, .threads = 1});
      EXPECT_GT(MeanOf(KeptShares(input, code, 20)), d == 1 ? 0.2 : 0.4) << n << " points, d = " << d;
      const std::vector<int32_t> labels = BlobsOf(n);
      EXPECT_GT(MeanOf(SameLabelShares(code, labels, 10)), d == 1 ? 0.9 : 0.99) << n << " points, d = " << d;
    }
  }
}

TEST_F(MapTest, SameSeedAndThreadsGiveTheSameBits) {
  const Tensor points = Blobs(1200, 2);
  const MadeMap one = Make(points, Options(120), "one"), two = Make(points, Options(120), "two");
  EXPECT_TRUE(SameBits(one.codes, two.codes));
  MapOptions other = Options(120);
  other.seed = 1;
  EXPECT_FALSE(SameBits(one.codes, Make(points, other, "other").codes));
}

TEST_F(MapTest, GoesOnWhereItStopped) {
  for (const int64_t d : {2, 3}) {
    const Tensor points = Blobs(1200, 3);
    MapOptions options = Options(90);
    options.dimensions = d;
    const std::string stopped = fmt::format("stopped-{}", d);
    StopAfter observer(43);
    const MadeMap part = MakeMap(points, options, {}, folder_ / stopped, observer);
    EXPECT_FALSE(part.complete);
    EXPECT_EQ(part.iterations, 43);
    EXPECT_FALSE(std::filesystem::exists(folder_ / stopped / "codes.npy"));
    const MadeMap whole = Make(points, options, fmt::format("whole-{}", d));
    EXPECT_TRUE(SameBits(Make(points, options, stopped).codes, whole.codes)) << d;
    options.schedule.iterations = 100;
    EXPECT_EQ(Make(points, options, stopped).iterations, 100) << "more iterations go on";
  }
}

TEST_F(MapTest, AutomaticRunsEnd) {
  EXPECT_TRUE(Make(Filled({30, 4}, DType::kF32, 3), Options(0), "equal").complete);
  const MadeMap map = Make(Blobs(300, 4), Options(0), "auto");
  EXPECT_TRUE(map.complete);
  EXPECT_GE(map.iterations, 160);
  EXPECT_LT(map.iterations, 3000);
}

TEST_F(MapTest, AnotherMapInTheFolderIsAUsageError) {
  const Tensor points = Blobs(60, 5);
  Make(points, Options(20), "map");
  const auto with = [&](auto change) {
    return [this, &points, change] {
      MapOptions options = Options(20);
      change(options);
      Make(points, options, "map");
    };
  };
  ExpectUsageErrors({{"seed", with([](MapOptions& options) { options.seed = 1; })},
                     {"perplexities", with([](MapOptions& options) { options.perplexities = {5}; })},
                     {"threads", with([](MapOptions& options) { options.threads = 1; })},
                     {"dimensions", with([](MapOptions& options) { options.dimensions = 3; })},
                     {"points_sha256", [&] { Make(Blobs(60, 6), Options(20), "map"); }}});
}

TEST_F(MapTest, AMapIsFoundByItsPointsAndSettings) {
  const Tensor points = Blobs(60, 5);
  const MadeMap made = Make(points, Options(20), "map");
  const auto found = FindMap(folder_ / "map", points, Options(20));
  ASSERT_TRUE(found);
  EXPECT_TRUE(SameBits(found->codes, made.codes));
  EXPECT_FALSE(FindMap(folder_ / "none", points, Options(20)));
  EXPECT_FALSE(FindMap(folder_ / "map", Blobs(60, 6), Options(20)));
  EXPECT_FALSE(FindMap(folder_ / "map", points, Options(30))) << "another number of iterations";
  MapOptions other = Options(20);
  other.seed = 1;
  EXPECT_FALSE(FindMap(folder_ / "map", points, other));
}

TEST_F(MapTest, WrongArgumentsAreUsageErrors) {
  const auto with = [&](const Tensor& points, auto change) {
    MapOptions options = Options(10);
    change(options);
    MapObserver observer;
    MakeMap(points, options, {}, folder_ / "wrong", observer);
  };
  const Tensor points = Blobs(60, 5);
  ExpectUsageErrors(
      {{"too few points", [&] { with(Blobs(3, 1), [](MapOptions&) {}); }},
       {"bad perplexity", [&] { with(points, [](MapOptions& options) { options.perplexities = {0}; }); }},
       {"bad perplexity", [&] { with(points, [](MapOptions& options) { options.perplexities = {400}; }); }},
       {"dimensions", [&] { with(points, [](MapOptions& options) { options.dimensions = 0; }); }}});
  Tensor bad = Blobs(60, 5);
  bad.data<float>()[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(with(bad, [](MapOptions&) {}), Error);
}

TEST_F(MapTest, FewPointsLowerThePerplexity) {
  const MadeMap map = Make(Blobs(20, 5), Options(50), "few");
  EXPECT_NE(map.note.find("perplexity 15 is lowered to 6.333"), std::string::npos) << map.note;
}

// Squares of such numbers overflow.
TEST_F(MapTest, HugeNumbersBeginLikeOthers) {
  Tensor points = Blobs(1200, 4), huge = Blobs(1200, 4);
  for (float& value : huge.span<float>()) value *= 0x1p80f;
  const MadeMap map = Make(points, Options(60), "plain"), same = Make(huge, Options(60), "huge");
  for (const float value : same.codes.span<float>()) ASSERT_TRUE(std::isfinite(value));
  const Neighbours one = NearestNeighbours(map.codes, {.k = 20, .threads = 1});
  const Neighbours two = NearestNeighbours(same.codes, {.k = 20, .threads = 1});
  EXPECT_GT(MeanOf(KeptShares(one, two, 20)), 0.9);
}

// Equal points do not stay in one place, where they could not repel each other, nor fly apart.
TEST_F(MapTest, EqualPointsGiveFiniteCodes) {
  for (const int64_t n : {60, 1200}) {
    const MadeMap map = Make(Filled({n, 4}, DType::kF32, 3), Options(200), fmt::format("equal-{}", n));
    for (const float value : map.codes.span<float>())
      ASSERT_TRUE(std::isfinite(value) && std::abs(value) < 1e4);
  }
}

TEST_F(MapTest, DamagedStatesAreDataErrors) {
  const Tensor points = Blobs(60, 5);
  StopAfter observer(10);
  MakeMap(points, Options(20), {}, folder_ / "map", observer);
  WriteFileAtomically(folder_ / "map/state.safetensors", "nonsense");
  EXPECT_THROW(Make(points, Options(20), "map"), Error);
  EXPECT_THROW(ReadMap(folder_ / "map"), Error) << "a map that is not complete";
  for (const char* text :
       {"[]", "5", "{}", R"({"settings": {"points": 60, "dimensions": 2, "distance": 5}})"}) {
    Make(points, Options(20), "whole");
    WriteFileAtomically(folder_ / "whole/map.json", text);
    EXPECT_THROW(ReadMap(folder_ / "whole"), Error) << text;
    EXPECT_THROW(Make(points, Options(20), "whole"), Error) << text;
    std::filesystem::remove_all(folder_ / "whole");
  }
}

TEST(PlaceOnMap, PutsNewPointsAmongTheirNeighbours) {
  // Two groups in the input, at opposite ends of the map. The new point between them is nearer to the first.
  Tensor points({40, 1}), codes({40, 2}), added({2, 1});
  for (int64_t i = 0; i < 40; ++i) {
    const bool second = i >= 20;
    points.data<float>()[i] = (second ? 2.0f : 1.0f) + 0.01f * static_cast<float>(i % 20);
    codes.data<float>()[2 * i] = second ? 50.0f : -50.0f;
    codes.data<float>()[2 * i + 1] = static_cast<float>(i % 20) / 10;
  }
  added.data<float>()[0] = 1.05f;
  added.data<float>()[1] = 1.55f;
  Team team(2);
  const Tensor placed = PlaceOnMap(points, codes, added, {}, team);
  EXPECT_NEAR(placed.data<float>()[0], -50, 1e-2);
  EXPECT_NEAR(placed.data<float>()[1], 0.5, 0.5);
  EXPECT_NEAR(std::abs(placed.data<float>()[2]), 50, 1) << "not in the empty middle";
  ExpectUsageErrors({{"number of codes", [&] { PlaceOnMap(points, added, added, {}, team); }}});
}

}  // namespace
}  // namespace hourglass::test
