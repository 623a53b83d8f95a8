// Files that are made in place.
#include "hourglass/core/partial_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::HasSubstr;

TEST(PartialFile, GetsItsNameWhenItIsFinished) {
  const TemporaryDirectory folder;
  const std::filesystem::path path = folder / "a";
  {
    PartialFile file(path);
    std::ranges::fill(file.Map(2, 3), uint8_t{'b'});
    file.Write(0, "aa");
    file.Sync();
    EXPECT_TRUE(IsBeingWritten(path));
    EXPECT_TRUE(IsBeingWritten(folder / "a.part.json"));
  }
  EXPECT_FALSE(IsBeingWritten(path));
  EXPECT_FALSE(std::filesystem::exists(path));
  PartialFile next(path);
  EXPECT_EQ(next.Map(0, 4)[3], 'b');
  next.Finish(4);
  EXPECT_EQ(ReadFile(path), "aabb");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.part"));
  next.Discard();
  EXPECT_TRUE(std::filesystem::exists(path));
  { PartialFile(path).Discard(); }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.part"));
}

TEST(PartialFile, NoticesAFullDiskBeforeItIsFull) {
  const TemporaryDirectory folder;
  PartialFile file(folder / "a", uint64_t{1} << 50);
  EXPECT_THAT([&] { file.Map(0, 1); }, ::testing::ThrowsMessage<Error>(HasSubstr("the disk is too small")));
  PartialFile all(folder / "b");
  EXPECT_THAT([&] { all.Map(0, uint64_t{1} << 50); },
              ::testing::ThrowsMessage<Error>(HasSubstr("the disk is too small")));
}

TEST(PartialFile, RefusesWhatCannotBeReplaced) {
  const TemporaryDirectory folder;
  EXPECT_THAT([&] { PartialFile file(folder.path()); },
              ::testing::ThrowsMessage<Error>(HasSubstr("a folder")));
  EXPECT_THAT([&] { PartialFile file(folder / "no/a"); },
              ::testing::ThrowsMessage<Error>(HasSubstr("cannot write")));
}

}  // namespace
}  // namespace hourglass
