#include "hourglass/core/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "hourglass/core/error.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/json.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

size_t FilesIn(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(WriteFileAtomically, ReplacesTheWholeFileAndLeavesNothingBeside) {
  const TemporaryDirectory folder;
  WriteFileAtomically(folder / "a", "first, and longer");
  WriteFileAtomically(folder / "a", "second");
  EXPECT_EQ(ReadFile(folder / "a"), "second");
  EXPECT_EQ(FilesIn(folder.path()), 1u);
}

// Most devices never end.
TEST(ReadFile, RefusesDevices) {
  EXPECT_THROW(ReadFile("/dev/zero"), Error);
  EXPECT_EQ(ReadFile("/dev/null"), "");
}

TEST(WriteFileAtomically, ReplacesTheFileBehindALink) {
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder / "elsewhere");
  WriteFileAtomically(folder / "elsewhere" / "file", "old");
  std::filesystem::create_symlink("elsewhere/file", folder / "link");
  WriteFileAtomically(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(ReadFile(folder / "elsewhere" / "file"), "new");
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  WriteFileAtomically(folder / "dangling", "content");
  EXPECT_EQ(ReadFile(folder / "dangling"), "content");
}

TEST(WriteFileAtomically, KeepsWhoMayReadTheFile) {
  const TemporaryDirectory folder;
  WriteFileAtomically(folder / "a", "old");
  std::filesystem::permissions(folder / "a", std::filesystem::perms::owner_read);
  WriteFileAtomically(folder / "a", "new");
  EXPECT_EQ(ReadFile(folder / "a"), "new");
  EXPECT_EQ(std::filesystem::status(folder / "a").permissions(), std::filesystem::perms::owner_read);
}

TEST(WriteFileAtomically, ReplacesNoPipeAndNoFolder) {
  const TemporaryDirectory folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("pipe", folder / "link");
  std::filesystem::create_directory(folder / "folder");
  for (const char* name : {"pipe", "link", "folder"}) {
    EXPECT_THROW(WriteFileAtomically(folder / name, "content"), Error) << name;
  }
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(FilesIn(folder.path()), 3u);
}

TEST(WriteFileAtomically, KeepsTheOldContentWhenTheDiskIsFull) {
  const TemporaryDirectory folder;
  WriteFileAtomically(folder / "a", "old");
  // A limit on file size simulates a full disk: write() fails in the middle.
  rlimit kept;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &kept), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1 << 12, kept.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(WriteFileAtomically(folder / "a", std::string(1 << 16, 'x')), Error);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &kept), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(ReadFile(folder / "a"), "old");
  EXPECT_EQ(FilesIn(folder.path()), 1u);
}

TEST(WriteFileAtomically, NamesAFolderThatIsNotThere) {
  try {
    WriteFileAtomically("/nowhere/at/all", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    EXPECT_NE(error.text().what.find("/nowhere/at/all"), std::string::npos);
  }
}

TEST(ReadFile, SaysWhatIsNotAFile) {
  const TemporaryDirectory folder;
  EXPECT_THROW(ReadFile(folder / "missing"), Error);
  EXPECT_THROW(ReadFile(folder.path()), Error);
}

TEST(ReadFile, ReadsMoreThanOneBlock) {
  const TemporaryDirectory folder;
  const std::string content(300'001, 'y');
  std::ofstream(folder / "a") << content;
  EXPECT_EQ(ReadFile(folder / "a"), content);
}

TEST(Sha256, EqualsThePublishedExample) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Json, NamesTheFileAndTheByte) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "a.json") << R"({"x": 1, oops})";
  try {
    ReadJson(folder / "a.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(error.text().what.find("a.json: not JSON at byte 10"), std::string::npos) << error.what();
  }
}

TEST(Json, DoublesSurviveToTheBit) {
  const TemporaryDirectory folder;
  WriteJson(folder / "a.json", {{"x", 0.1 + 0.2}, {"y", 1e-320}});
  const Json read = ReadJson(folder / "a.json");
  EXPECT_EQ(read["x"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(read["y"].get<double>(), 1e-320);
}

TEST(Sha256Sum, GoesOnAfterItWasRead) {
  Sha256Sum sum;
  sum.Add("ab");
  EXPECT_EQ(sum.Hex(), Sha256("ab"));
  sum.Add("c");
  EXPECT_EQ(sum.Hex(), Sha256("abc"));
}

}  // namespace
}  // namespace hourglass::test
