// Files that are truncated, damaged at random, or lie about their size: every reader either opens them or
// throws an Error, and takes little memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <ostream>
#include <random>

#include "data/array_writer.h"
#include "data/idx_writer.h"
#include "data/picture_writer.h"
#include "data/samples.h"
#include "hourglass/core/error.h"

namespace hourglass {

namespace testing {
void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.kind;
}
}  // namespace testing

namespace {

using ::testing::HasSubstr;
using testing::Sample;

// The text of the Error thrown for `content`; empty if it can be read. Any other exception fails the test.
std::string Refusal(void (*open)(std::string_view), std::string_view content) {
  try {
    open(content);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
    return error.what();
  }
  return "";
}

class HostileInput : public ::testing::TestWithParam<Sample> {
 protected:
  std::string Refusal(std::string_view content) const { return hourglass::Refusal(GetParam().open, content); }
};

TEST_P(HostileInput, TruncatedFilesAreRefused) {
  const auto& [kind, whole, open, spare] = GetParam();
  ASSERT_EQ(Refusal(whole), "");
  constexpr size_t kMostLengths = 4096;
  const std::string_view content = whole;
  for (size_t length = 0; length < std::min(whole.size(), kMostLengths); ++length) {
    const bool spared = length >= whole.size() - std::min(spare, whole.size());
    const bool refused = !Refusal(content.substr(0, length)).empty();
    ASSERT_TRUE(refused || spared) << length << " of " << whole.size() << " bytes";
  }
}

TEST_P(HostileInput, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(1);
  constexpr int kFiles = 2000;
  int refused = 0;
  for (int file = 0; file < kFiles; ++file) {
    std::string damaged = GetParam().content;
    for (int flips = 0; flips < 1 + file % 3; ++flips)
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    refused += Refusal(damaged).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
}

std::string NameOf(const ::testing::TestParamInfo<Sample>& sample) {
  std::string name = sample.param.kind;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Files, HostileInput, ::testing::ValuesIn(testing::DataSamples()), NameOf);

// ---- lies about sizes

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string LittleEndian(uint64_t number, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(number >> (8 * i));
  return bytes;
}

// The file with other bytes from `at` on.
std::string With(std::string file, size_t at, const std::string& bytes) {
  return file.replace(at, bytes.size(), bytes);
}

std::string HugePng(uint32_t side) {
  constexpr size_t kHeader = 12, kSize = 13;  // its type and content
  std::string header = testing::PngOf(testing::MakePicture({1, 1}, 1)).substr(kHeader, 4 + kSize);
  header = With(header, 4, BigEndian(side) + BigEndian(side));
  const auto sum =
      ::crc32(0, reinterpret_cast<const Bytef*>(header.data()), static_cast<uInt>(header.size()));
  return With(testing::PngOf(testing::MakePicture({1, 1}, 1)), kHeader,
              header + BigEndian(static_cast<uint32_t>(sum)));
}

// The size in the frame header, behind a marker SOF.
std::string HugeJpeg(bool progressive) {
  const std::string jpeg = testing::JpegOf(testing::MakePicture({8, 8}, 3), {.progressive = progressive});
  const size_t frame = jpeg.find(progressive ? "\xff\xc2" : "\xff\xc0");
  constexpr size_t kSize = 5;
  return With(jpeg, frame + kSize, "\xff\xdc\xff\xdc");
}

// 14 bits of width and of height, each less one.
std::string HugeWebp() {
  constexpr size_t kSize = 21;
  return With(testing::WebpOf(testing::MakePicture({8, 8}, 3)), kSize, std::string("\xff\xff\xff\x0f"));
}

// The entries of width and height in the directory at the end.
std::string HugeTiff() {
  std::string tiff = testing::TiffOf(testing::MakePicture({8, 8}, 3));
  for (const char tag : {'\0', '\1'}) {
    const size_t entry = tiff.find(std::string{tag, '\1', '\3', '\0', '\1', '\0', '\0', '\0'});
    tiff = With(tiff, entry + 2, LittleEndian(4, 2) + LittleEndian(1, 4) + LittleEndian(1 << 30, 4));
  }
  return tiff;
}

std::string HugeNpy(const std::string& shape) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + "}";
  return "\x93NUMPY" + std::string("\1\0", 2) + LittleEndian(header.size(), 2) + header + "elements";
}

// A zip archive with 16 MB of zeros, packed by bzip2 in a few hundred bytes.
std::string ZipBomb() {
  const std::string zeros = testing::Npy(testing::Counting({1})) + std::string(16 << 20, '\0');
  std::string packed(1 << 16, '\0');
  size_t used = 0;
  archive* out = archive_write_new();
  archive_write_set_format_raw(out);
  archive_write_add_filter_bzip2(out);
  archive_write_set_bytes_in_last_block(out, 1);
  EXPECT_EQ(archive_write_open_memory(out, packed.data(), packed.size(), &used), ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
  EXPECT_EQ(archive_write_data(out, zeros.data(), zeros.size()), std::ssize(zeros));
  archive_entry_free(entry);
  archive_write_close(out);
  archive_write_free(out);
  packed.resize(used);
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(zeros.data()), static_cast<uInt>(zeros.size()));
  const std::string name = "x.npy";
  constexpr int kBzip2 = 12, kVersion = 46;
  // What the local header and the directory's entry have in common.
  const std::string member = LittleEndian(kVersion, 2) + LittleEndian(0, 2) + LittleEndian(kBzip2, 2) +
                             LittleEndian(0, 4) + LittleEndian(sum, 4) + LittleEndian(packed.size(), 4) +
                             LittleEndian(zeros.size(), 4) + LittleEndian(name.size(), 2) +
                             LittleEndian(0, 2);
  const std::string local = "PK\3\4" + member + name + packed;
  const std::string directory =
      "PK\1\2" + LittleEndian(kVersion, 2) + member + std::string(2 + 2 + 2 + 4 + 4, '\0') + name;
  return local + directory + "PK\5\6" + std::string(4, '\0') + LittleEndian(1, 2) + LittleEndian(1, 2) +
         LittleEndian(directory.size(), 4) + LittleEndian(local.size(), 4) + std::string(2, '\0');
}

TEST(LyingSizes, AreRefusedInLittleMemory) {
  using testing::Gzip, testing::IdxHeader, testing::OpenDataFile, testing::OpenPicture;
  const std::string body(5000, 'x');
  const std::string idx40 = IdxHeader(8, {1 << 20, 1 << 10, 1 << 10}) + body;
  const std::string idx35 = IdxHeader(8, {1 << 15, 1 << 10, 1 << 10}) + body;
  const std::string wide = "a,b,c,d" + std::string(100'000, ',') + "label\n";
  std::string lines;
  for (int line = 0; line < 30'000; ++line) lines += "1\n";
  struct Lie {
    const char* kind;
    std::string content;
    void (*open)(std::string_view);
    const char* message;
  };
  const Lie lies[] = {
      {"PNG", HugePng(100'000), OpenPicture, "100000x100000"},
      {"JPEG", HugeJpeg(false), OpenPicture, "65500x65500"},
      {"progressive JPEG", HugeJpeg(true), OpenPicture, "65500x65500"},
      {"WebP", HugeWebp(), OpenPicture, "16384x16384"},
      {"TIFF", HugeTiff(), OpenPicture, "1073741824x1073741824"},
      {"BMP", With(testing::BmpOf(testing::MakePicture({1, 1}, 3)), 18, "\xff\xff\xff\1\xff\xff\xff\1"),
       OpenPicture, "more pixels than"},
      {"IDX of 2^40 bytes", idx40, OpenDataFile, "byte 12: invalid size"},
      {"IDX.gz of 2^40 bytes", Gzip(idx40), OpenDataFile,
       "byte 12 of the decompressed content: invalid size"},
      {"IDX of 2^35 bytes", idx35, OpenDataFile, "is shorter than"},
      {"IDX.gz of 2^35 bytes", Gzip(idx35), OpenDataFile, "is shorter than"},
      {"npy", HugeNpy("(1099511627776,)"), OpenDataFile, "does not match the header"},
      {"npy of several axes", HugeNpy("(4294967296, 4294967296, 16)"), OpenDataFile, "2^63"},
      {"npz with a huge npy", testing::Zip({{"x.npy", HugeNpy("(1099511627776,)")}}), OpenDataFile,
       "does not match the header"},
      {"npz", ZipBomb(), OpenDataFile, "holds more than its size"},
      {"CSV", wide + lines, OpenDataFile, "line 2: another number of columns"},
  };
  rusage before = {};
  ::getrusage(RUSAGE_SELF, &before);
  for (const auto& [kind, content, open, message] : lies)
    EXPECT_THAT(Refusal(open, content), HasSubstr(message)) << kind;
  rusage after = {};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 << 10);  // KiB
}

}  // namespace
}  // namespace hourglass
