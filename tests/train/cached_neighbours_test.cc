#include "hourglass/train/cached_neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/scoped_variable.h"
#include "support/temporary_directory.h"
#include "train/tiny_data.h"

namespace hourglass {
namespace {

using test::ScopedVariable;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class CachedNeighboursTest : public ::testing::Test {
 protected:
  // The only indices.npy of the cache.
  fs::path Indices() const {
    fs::path found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.path().filename() != "indices.npy") continue;
      EXPECT_TRUE(found.empty());
      found = entry.path();
    }
    return found;
  }

  test::TemporaryDirectory folder_;
  ScopedVariable cache_{"XDG_CACHE_HOME", folder_.path().c_str()};
  InMemoryDataset images_{BlobImages(60, 8, 1), {}};
  NeighbourOptions options_ = {.distance = Distance::kL1, .k = 5, .threads = 1};
  Neighbours expected_ = NearestNeighbours(images_.images(), options_);
};

TEST_F(CachedNeighboursTest, AreKeptInTheUsersCache) {
  EXPECT_EQ(FindCachedNeighbours(images_, options_).neighbours.indices, expected_.indices);
  const fs::path indices = Indices();
  ASSERT_FALSE(indices.empty());
  const auto written = fs::last_write_time(indices);
  const CachedNeighbours again = FindCachedNeighbours(images_, options_);
  EXPECT_EQ(again.neighbours.indices, expected_.indices);
  EXPECT_EQ(again.warning, "");
  EXPECT_EQ(fs::last_write_time(indices), written);
}

// A file stands where the cache should be, as nothing can be written in a read-only or full one.
TEST_F(CachedNeighboursTest, AnUnusableCacheOnlyCostsTime) {
  folder_.Write("hourglass", "");
  const CachedNeighbours found = FindCachedNeighbours(images_, options_);
  EXPECT_EQ(found.neighbours.indices, expected_.indices);
  EXPECT_THAT(found.warning, HasSubstr("hourglass"));
  const ScopedVariable no_cache("XDG_CACHE_HOME", nullptr), no_home("HOME", nullptr);
  const CachedNeighbours homeless = FindCachedNeighbours(images_, options_);
  EXPECT_EQ(homeless.neighbours.indices, expected_.indices);
  EXPECT_THAT(homeless.warning, HasSubstr("not kept"));
}

TEST_F(CachedNeighboursTest, ADamagedCacheOnlyCostsTime) {
  FindCachedNeighbours(images_, options_);
  WriteFileAtomically(Indices(), "not an array");
  const CachedNeighbours found = FindCachedNeighbours(images_, options_);
  EXPECT_EQ(found.neighbours.indices, expected_.indices);
  EXPECT_THAT(found.warning, HasSubstr("indices.npy"));
}

TEST_F(CachedNeighboursTest, TooManyNeighboursAreAUsageError) {
  options_.k = 60;
  EXPECT_THROW(FindCachedNeighbours(images_, options_), Error);
}

}  // namespace
}  // namespace hourglass
