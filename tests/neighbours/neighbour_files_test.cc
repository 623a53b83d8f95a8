// Neighbour lists on disk: what is written, kept and rejected.
#include "hourglass/neighbours/neighbour_files.h"

#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/npy.h"
#include "neighbours/plain_loops.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

namespace fs = std::filesystem;

TEST(NeighbourFiles, HoldIndicesAndDistances) {
  const TemporaryDirectory folder;
  const Neighbours bytes = NearestNeighbours(RandomBytes(20, 3, 1), {.distance = Distance::kL1, .k = 4});
  WriteNeighbours(folder / "bytes", bytes);
  const auto indices = ReadNpyArray<uint32_t>(folder / "bytes/indices.npy");
  EXPECT_EQ(indices.sizes, (std::vector<int64_t>{20, 4}));
  EXPECT_EQ(indices.values, bytes.indices);
  EXPECT_EQ(ReadNpyArray<int32_t>(folder / "bytes/distances.npy").values,
            std::get<LargeVector<int32_t>>(bytes.distances));
  const Neighbours floats = NearestNeighbours(NormalFloats(20, 3, 2), {.k = 4});
  WriteNeighbours(folder / "floats", floats);
  EXPECT_EQ(ReadNpyArray<double>(folder / "floats/distances.npy").values,
            std::get<LargeVector<double>>(floats.distances));
}

// The only subfolder.
fs::path Kept(const TemporaryDirectory& folder) {
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
  return fs::directory_iterator(folder.path())->path();
}

TEST(NeighbourFiles, AreKeptForTheSamePointsAlone) {
  const TemporaryDirectory folder;
  const Tensor points = RandomBytes(30, 5, 3);
  const Neighbours found = KeptNeighbours(folder.path(), points, {.k = 6});
  // A different but valid list shows that the file is read.
  LargeVector<uint32_t> changed = found.indices;
  std::swap(changed[0], changed[1]);
  WriteNpy(Kept(folder) / "indices.npy", changed, Shape{30, 6});
  EXPECT_EQ(KeptNeighbours(folder.path(), points, {.k = 6}).indices, changed);
  EXPECT_EQ(KeptNeighbours(folder.path(), points, {.k = 6}).distances, found.distances);
  EXPECT_EQ(KeptNeighbours(folder.path(), points, {.k = 5}).k, 5);
  EXPECT_EQ(KeptNeighbours(folder.path(), points, {.distance = Distance::kL1, .k = 6}).distance,
            Distance::kL1);
  const Tensor others = RandomBytes(30, 5, 4);
  EXPECT_EQ(KeptNeighbours(folder.path(), others, {.k = 6}).indices,
            NearestNeighbours(others, {.k = 6}).indices);
}

TEST(NeighbourFiles, HoldWhatASearchForMoreHasFound) {
  for (const Tensor& points : {RandomBytes(30, 5, 3), NormalFloats(30, 5, 3)}) {
    const TemporaryDirectory folder;
    const Neighbours four = NearestOf(NearestNeighbours(points, {.k = 9}), 4);
    const Neighbours found = NearestNeighbours(points, {.k = 4});
    EXPECT_EQ(four.indices, found.indices);
    EXPECT_EQ(four.distances, found.distances);
    Neighbours changed = NearestOf(found, 4);
    std::swap(changed.indices[0], changed.indices[1]);  // shows that they are read, not found again
    KeepNeighbours(folder.path(), points, changed);
    EXPECT_EQ(KeptNeighbours(folder.path(), points, {.k = 4}).indices, changed.indices);
  }
}

TEST(NeighbourFiles, ThatAreDamagedAreRefused) {
  const Tensor points = NormalFloats(30, 5, 5);
  const auto damage = [&](const auto& change) {
    const TemporaryDirectory folder;
    KeptNeighbours(folder.path(), points, {.k = 6});
    change(Kept(folder));
    EXPECT_THROW(KeptNeighbours(folder.path(), points, {.k = 6}), Error);
  };
  damage([](const fs::path& kept) { fs::remove(kept / "distances.npy"); });
  damage([](const fs::path& kept) { fs::resize_file(kept / "indices.npy", 200); });
  damage([](const fs::path& kept) {
    WriteNpy(kept / "indices.npy", std::vector<uint32_t>(180, 30), Shape{30, 6});
  });
  damage([](const fs::path& kept) {
    WriteNpy(kept / "indices.npy", std::vector<uint32_t>(150, 1), Shape{30, 5});
  });
  damage([](const fs::path& kept) {
    std::vector<double> falling(180, 1);
    falling[5] = 0.5;
    WriteNpy(kept / "distances.npy", falling, Shape{30, 6});
  });
  damage([](const fs::path& kept) {
    WriteNpy(kept / "distances.npy", std::vector<double>(180, std::nan("")), Shape{30, 6});
  });
}

}  // namespace
}  // namespace hourglass::test
