#include "hourglass/core/folder_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

TEST(FolderLock, IsHeldOnceAndEndsWithItsHolder) {
  const test::TemporaryDirectory folder;
  {
    const FolderLock lock(folder.path(), "is busy");
    try {
      FolderLock(folder.path(), "is busy");
      ADD_FAILURE() << "no Error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), testing::HasSubstr(folder.path().string() + " is busy"));
    }
  }
  const FolderLock again(folder.path(), "is busy");
}

}  // namespace
}  // namespace hourglass
