#include "hourglass/core/mapped_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "hourglass/core/error.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;

ErrorKind KindOfError(const std::filesystem::path& path) {
  try {
    const MappedFile file(path);
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    return error.kind();
  }
  ADD_FAILURE() << "mapped " << path;
  return ErrorKind::kFailure;
}

TEST(MappedFile, HasTheBytesOfTheFile) {
  const TemporaryDirectory folder;
  EXPECT_EQ(MappedFile(folder.Write("a", "some bytes")).bytes(), "some bytes");
  EXPECT_EQ(MappedFile(folder.Write("empty", "")).bytes(), "");
  const MappedFile replaced(folder.Write("b", "before"));
  std::filesystem::rename(folder / "a", folder / "b");
  EXPECT_EQ(replaced.bytes(), "before") << "the file that was opened";
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  const TemporaryDirectory folder;
  EXPECT_EQ(KindOfError(folder / "none"), ErrorKind::kData);
  EXPECT_EQ(KindOfError(folder.path()), ErrorKind::kData);
}

// Removes the file's pages from memory, if the file system lets it.
void Forget(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  ::fsync(file);
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

TEST(MappedFile, ReadsAhead) {
  const TemporaryDirectory folder;
  const std::filesystem::path path = folder.Write("a", std::string(1 << 20, 'x'));
  Forget(path);
  const MappedFile file(path);
  if (file.InMemory() > 0.5) GTEST_SKIP() << "this file system keeps files in memory";
  const auto* bytes = reinterpret_cast<const uint8_t*>(file.bytes().data());
  file.ReadAhead({bytes + 1, file.bytes().size() - 1});
  for (int i = 0; i < 500 && file.InMemory() < 1; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(file.InMemory(), 1);
}

}  // namespace
}  // namespace hourglass
