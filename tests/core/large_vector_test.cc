// Vectors that lie on disk if memory is scarce.
#include "hourglass/core/large_vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "hourglass/core/available_memory.h"
#include "support/scarce_memory.h"
#include "support/scoped_variable.h"

namespace hourglass {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(LargeVector, IsAlignedMemoryIfThereIsEnough) {
  for (const size_t size : {size_t{1}, size_t{1000}, kMiB}) {
    const LargeVector<uint8_t> vector(size, 3);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(vector.data()) % 64, 0u);
    EXPECT_EQ(vector.back(), 3);
    EXPECT_EQ(BytesInMemory(size), size);
    LetGo(vector, 0, size);
    BeginToRead(vector, 0, size);
    EXPECT_EQ(vector.front(), 3);
  }
}

#if !defined(HOURGLASS_SANITIZED)

TEST(LargeVector, LiesOnDiskIfMemoryIsScarce) {
  constexpr size_t kSize = 64 * kMiB;
  const test::ScarceMemory scarce(kSize);
  EXPECT_LE(AvailableMemory(), static_cast<int64_t>(kSize));
  EXPECT_EQ(BytesInMemory(kSize), 0u);
  const uint64_t before = test::MemoryOfProcess("RssAnon:");
  LargeVector<uint64_t> vector(kSize / sizeof(uint64_t), 7);
  EXPECT_LT(test::MemoryOfProcess("RssAnon:"), before + kSize / 4);
  EXPECT_EQ(vector.back(), 7u);
  vector.push_back(8);
  EXPECT_EQ(vector.front(), 7u);
  EXPECT_EQ(vector.back(), 8u);
}

// Whatever pages the parts begin and end on.
TEST(LargeVector, KeepsWhatIsLetGo) {
  const test::ScarceMemory scarce(16 * kMiB);
  ASSERT_EQ(BytesInMemory(5 * kMiB), 0u);
  LargeVector<uint32_t> vector(5 * kMiB / sizeof(uint32_t) + 3);
  std::iota(vector.begin(), vector.end(), 0u);
  for (size_t begin = 0; begin < vector.size(); begin += 99'999) {
    LetGo(vector, begin, std::min<size_t>(99'999, vector.size() - begin));
  }
  BeginToRead(vector, 1'000, vector.size() - 1'000);
  for (size_t i = 0; i < vector.size(); ++i) ASSERT_EQ(vector[i], i);
}

TEST(LargeVector, LiesInMemoryIfThereIsNoRoomOnDisk) {
  const test::ScarceMemory scarce(16 * kMiB);
  for (const char* folder : {"/no/such/folder", "/proc", "/dev/shm"}) {
    const test::ScopedVariable variable("TMPDIR", folder);
    EXPECT_EQ(BytesInMemory(8 * kMiB), 8 * kMiB) << folder;
    const LargeVector<uint8_t> vector(8 * kMiB, 1);
    EXPECT_EQ(vector.back(), 1);
  }
}

#endif

}  // namespace
}  // namespace hourglass
