// The names of foreign files in messages.
#include "hourglass/data/detail/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/idx_writer.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

using ::testing::HasSubstr;

// A tar archive: its magic number comes after the first file's name and attributes.
std::string Tar() {
  std::string tar(512, 'a');
  tar.replace(257, 5, "ustar");
  return tar;
}

TEST(SniffTest, NamesFilesByHowTheyBegin) {
  const std::pair<std::string, std::string> kinds[] = {
      {"", "an empty file"},
      {"\x93NUMPY\x01", "a NumPy array (npy)"},
      {"PK\x03\x04 arr_0.npy", "an archive of NumPy arrays (npz)"},
      {"PK\x03\x04 data/readme.txt", "a zip archive"},
      {"\x89PNG\r\n\x1a\n....", "a PNG image"},
      {"\xff\xd8\xff\xe0", "a JPEG image"},
      {"RIFF1234WEBPVP8 ", "a WebP image"},
      {Tar(), "a tar archive that is damaged where it begins"},
      {std::string("PK\x05\x06\0\0", 6), "an empty zip archive"},
      {std::string(512, '\0'), "nothing but zeros"},
      {"\x80\x04\x95", "a Python pickle"},
      {" \n<!DOCTYPE HTML><title>404</title>", "an HTML page"},
      {"\xef\xbb\xbf<html>", "an HTML page"},
      {"<?xml version='1.0'?><Html>", "an HTML page"},
      {"<?xml version='1.0'?><Error/>", "XML"},
      {"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"},
      {"1,2,3\n4,5,6\n", "text"},
      {testing::IdxHeader(0x0D, {3, 2, 2}), "an IDX file of f32, 3 axes"},
      {std::string("\x01\x02\0\x03", 4), "unknown: it begins with the bytes 01 02 00 03"}};
  for (const auto& [start, name] : kinds) EXPECT_EQ(Sniff(start).name, name) << start;
  EXPECT_THAT(Sniff("<html>").hint, HasSubstr("fetch it again"));
}

TEST(SniffTest, SeesThroughGzip) {
  const test::TemporaryDirectory folder;
  const auto name = [&](const std::string& content) { return SniffFile(folder.Write("x.gz", content)).name; };
  const std::string tar = Tar();
  EXPECT_EQ(name(testing::Gzip(tar)), "gzip of a tar archive that is damaged where it begins");
  EXPECT_EQ(name(testing::Gzip(testing::Gzip(tar))), "gzip within gzip");
  EXPECT_EQ(name("<html>"), "an HTML page");
  EXPECT_EQ(name(testing::Gzip("")), "gzip of an empty file");
}

// Every prefix of every kind has a name, and is not read beyond its end.
TEST(SniffTest, TakesAnyBytes) {
  for (int first = 0; first < 256; ++first) {
    for (size_t size = 0; size < 12; ++size) {
      std::string start = "PK\x03\x04WEBP<htm";
      start.front() = static_cast<char>(first);
      EXPECT_FALSE(Sniff(std::string_view(start).substr(0, size)).name.empty());
    }
  }
}

}  // namespace
}  // namespace hourglass
