// Readers of IDX files on good files and on every kind of bad file.
#include "hourglass/data/formats/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/idx_writer.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Gzip;
using ::testing::HasSubstr;
using testing::Idx;
using testing::IdxHeader;
using testing::IdxOf;
using testing::kIdxType;

// The text of the data Error thrown when `content` is read as images; fails if there is none.
std::string ImagesError(const std::string& content) {
  const TemporaryDirectory folder;
  try {
    ReadIdxImages(folder.Write("file", content));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_THAT(error.what(), HasSubstr((folder.path() / "file").string()));
    return error.what();
  }
  ADD_FAILURE() << "no error for " << content.size() << " bytes";
  return "";
}

void ExpectCounting(const Tensor& images, const Shape& shape) {
  ASSERT_EQ(images.shape(), shape);
  for (int64_t i = 0; i < images.size(); ++i) ASSERT_EQ(images.data<uint8_t>()[i], i % 251);
}

TEST(IdxTest, ReadsImagesPlainAndCompressed) {
  const TemporaryDirectory folder;
  ExpectCounting(ReadIdxImages(folder.Write("a", Idx({5, 4, 3}))), {5, 4, 3});
  ExpectCounting(ReadIdxImages(folder.Write("b", Gzip(Idx({5, 4, 3})))), {5, 4, 3});
  ExpectCounting(ReadIdxImages(folder.Write("c", Gzip(Idx({5, 3, 4, 2})))), {5, 3, 4, 2});
}

// Larger than the first buffer, which is a multiple of the compressed size.
TEST(IdxTest, ReadsWhatIsCompressedVeryWell) {
  std::string idx = Idx({1, 1, 1});
  const uint32_t count = 1 << 20;
  idx = idx.substr(0, 4) + std::string{0, count >> 16, 0, 0} + idx.substr(8, 8) + std::string(count, '\7');
  const TemporaryDirectory folder;
  const Tensor images = ReadIdxImages(folder.Write("flat", Gzip(idx)));
  ASSERT_EQ(images.rows(), count);
  for (const uint8_t pixel : images.span<uint8_t>()) ASSERT_EQ(pixel, 7);
}

TEST(IdxTest, ReadsLabelsOfAnyValue) {
  const TemporaryDirectory folder;
  const auto labels = ReadIdxLabels(folder.Write("labels", Gzip(Idx({300}))));
  ASSERT_EQ(labels.size(), 300u);
  EXPECT_EQ(labels[250], 250);
  EXPECT_EQ(labels[252], 1);
}

TEST(IdxTest, ReadsImagesOfEveryType) {
  const TemporaryDirectory folder;
  const auto read = [&](const std::string& file) { return ReadIdxImages(folder.Write("images", file)); };
  const Tensor images = read(IdxOf<int8_t>({2, 1, 2}, {-128, 127, 0, 1}));
  EXPECT_EQ(images.shape(), (Shape{2, 1, 2}));
  EXPECT_THAT(images.span<float>(), ElementsAre(-128, 127, 0, 1));
  EXPECT_THAT(read(IdxOf<int16_t>({1, 1, 2}, {-300, 32767})).span<float>(), ElementsAre(-300, 32767));
  EXPECT_THAT(read(IdxOf<int32_t>({1, 1, 1, 2}, {-1, 1 << 24})).span<float>(), ElementsAre(-1, 1 << 24));
  EXPECT_THAT(read(Gzip(IdxOf<float>({1, 2, 1}, {0.5F, -1e30F}))).span<float>(), ElementsAre(0.5F, -1e30F));
  EXPECT_THAT(read(IdxOf<double>({1, 2, 1}, {0.1, -2})).span<float>(), ElementsAre(0.1F, -2));
  EXPECT_THAT(ImagesError(IdxOf<int32_t>({1, 1, 2}, {0, 16777217})),
              AllOf(HasSubstr("element 1"), HasSubstr("16777217")));
  EXPECT_THAT(ImagesError(IdxOf<double>({1, 1, 2}, {0, 1e300})), HasSubstr("1e+300"));
}

TEST(IdxTest, ReadsLabelsOfEveryType) {
  const TemporaryDirectory folder;
  const auto read = [&](const std::string& file) { return ReadIdxLabels(folder.Write("labels", file)); };
  EXPECT_THAT(read(IdxOf<int8_t>({3}, {0, 127, 5})), ElementsAre(0, 127, 5));
  EXPECT_THAT(read(IdxOf<int16_t>({3}, {256, 32767, 0})), ElementsAre(256, 32767, 0));
  EXPECT_THAT(read(Gzip(IdxOf<int32_t>({3}, {70000, 2147483647, 1}))), ElementsAre(70000, 2147483647, 1));
  EXPECT_THAT(read(IdxOf<double>({2}, {3, 70000})), ElementsAre(3, 70000));
  for (const std::string& file : {IdxOf<int8_t>({2}, {7, -2}), IdxOf<int16_t>({2}, {7, -2}),
                                  IdxOf<int32_t>({2}, {7, -2}), IdxOf<float>({2}, {7, 0.5F})}) {
    try {
      read(file);
      ADD_FAILURE() << "not a label";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("element 1 is not a label")));
    }
  }
  EXPECT_THROW(read(IdxOf<int16_t>({2}, {7, 2}) + '\0'), Error);
}

TEST(IdxTest, NamesWhatItDoesNotRead) {
  EXPECT_THAT(ImagesError(IdxOf<float>({1, 1}, {0})), HasSubstr("an IDX file of f32, 2 axes"));
  EXPECT_THAT(ImagesError(Gzip("\x93NUMPY and so on")), HasSubstr("gzip of a NumPy array"));
  EXPECT_EQ(DescribeIdx(IdxHeader(0x0E, {})), std::nullopt);
  EXPECT_EQ(DescribeIdx(std::string("\0\0\7\1", 4)), std::nullopt);
  EXPECT_EQ(DescribeIdx(std::string(2, '\0')), std::nullopt);
}

TEST(IdxTest, RefusesEveryTruncation) {
  const std::string idx = Idx({2, 4, 3});
  for (size_t length = 0; length < idx.size(); ++length) {
    EXPECT_THAT(ImagesError(idx.substr(0, length)), HasSubstr("byte " + std::to_string(length))) << length;
    EXPECT_THAT(ImagesError(Gzip(idx.substr(0, length))),
                HasSubstr("byte " + std::to_string(length) + " of the decompressed"))
        << length;
  }
}

TEST(IdxTest, RefusesSurplusBytes) {
  const std::string idx = Idx({2, 4, 3}) + "x";
  EXPECT_THAT(ImagesError(idx),
              AllOf(HasSubstr("exceeds"), HasSubstr("expected: 40 bytes"), HasSubstr("41 bytes")));
  EXPECT_THAT(ImagesError(Gzip(idx)), AllOf(HasSubstr("exceeds"), HasSubstr("41 bytes or more")));
}

TEST(IdxTest, RefusesWrongMagic) {
  for (size_t byte = 0; byte < 4; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string idx = Idx({2, 4, 3});
      idx[byte] = static_cast<char>(idx[byte] ^ (1 << bit));
      const bool other_bytes = idx[2] == kIdxType<int8_t>;  // which may be images too
      if (!other_bytes) ImagesError(idx);
    }
  }
  EXPECT_THAT(ImagesError(Idx({24})), AllOf(HasSubstr("0x00000801"), HasSubstr("an IDX file of u8, 1 axis")));
  const TemporaryDirectory folder;
  EXPECT_THROW(ReadIdxLabels(folder.Write("images", Idx({2, 4, 3}))), Error);
}

TEST(IdxTest, RefusesSizesThatAreZeroOrLie) {
  for (size_t byte = 4; byte < 16; ++byte) {
    for (const char value : {'\0', '\1', '\xff'}) {
      std::string idx = Idx({2, 4, 3});
      if (idx[byte] == value) continue;
      idx[byte] = value;
      ImagesError(idx);
      ImagesError(Gzip(idx));
    }
  }
  EXPECT_THAT(ImagesError(Idx({2, 0, 3})), HasSubstr("byte 8: invalid size of axis 1"));
  std::string huge = Idx({1, 1, 1}).substr(0, 4) + std::string(12, '\xff');
  EXPECT_THAT(ImagesError(huge), HasSubstr("byte 8: invalid size"));
}

// 16 MiB after a header that declares 24 bytes, cut off in the middle. A reader that unpacked everything
// would report the truncation.
TEST(IdxTest, DoesNotUnpackABomb) {
  const std::string gz = Gzip(Idx({2, 4, 3}) + std::string(16 << 20, '\0'));
  EXPECT_THAT(ImagesError(gz.substr(0, gz.size() / 2)), HasSubstr("exceeds"));
}

// A flipped bit must be noticed or harmless. Harmless bits are in gzip's header, or pad the last byte before
// its checksum.
TEST(IdxTest, NoticesFlippedBitsInGzip) {
  const std::string gz = Gzip(Idx({2, 4, 3}));
  const TemporaryDirectory folder;
  constexpr size_t kGzipHeader = 10;
  constexpr size_t kGzipTrailer = 8;
  for (size_t byte = 0; byte < gz.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = gz;
      flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
      try {
        ExpectCounting(ReadIdxImages(folder.Write("flipped", flipped)), {2, 4, 3});
        EXPECT_TRUE(byte < kGzipHeader || byte == gz.size() - kGzipTrailer - 1) << byte;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kData);
      }
    }
  }
}

// In a large file, the checksum comes only after all pixels.
TEST(IdxTest, ComparesTheChecksumOfALargeFile) {
  std::string gz = Gzip(Idx({3000, 28, 28}));
  const size_t checksum = gz.size() - 8;
  gz[checksum] = static_cast<char>(gz[checksum] ^ 1);
  EXPECT_THAT(ImagesError(gz), HasSubstr("is damaged near byte"));
}

TEST(IdxTest, NamesWhatIsNoFile) {
  const TemporaryDirectory folder;
  EXPECT_THROW(ReadIdxImages(folder.path()), Error);
  EXPECT_THROW(ReadIdxImages(folder.path() / "nothing"), Error);
}

}  // namespace
}  // namespace hourglass
