// Round trips, and files with wrong contents: each must give a data Error that names the file and a byte.
#include "hourglass/core/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using testing::HasSubstr;

// A file from the given header and data.
std::string Compose(std::string_view header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string content(reinterpret_cast<const char*>(&length), sizeof length);
  return content.append(header).append(std::string(data_bytes, '\1'));
}

class SafetensorsTest : public testing::Test {
 protected:
  std::filesystem::path Write(std::string_view content) const {
    const auto path = directory_.path() / "model.safetensors";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  // Reading `content` must throw a data Error that names the file; returns its text.
  std::string ReadError(std::string_view content) const {
    const auto path = Write(content);
    try {
      ReadSafetensors(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
      return error.what();
    }
    ADD_FAILURE() << "read without an error";
    return "";
  }

  test::TemporaryDirectory directory_;
};

SafetensorsFile ThreeTensors() {
  SafetensorsFile file;
  file.metadata = {{"format", "hourglass"}, {"text", "\"quoted\" \n ü"}};
  Tensor f32({2, 3}), bf16({4}, DType::kBF16), u8({1, 5}, DType::kU8);
  std::iota(f32.span<float>().begin(), f32.span<float>().end(), 0.5F);
  for (uint16_t i = 0; i < 4; ++i) bf16.span<BFloat16>()[i].bits = static_cast<uint16_t>(0x3F80 + i);
  std::iota(u8.span<uint8_t>().begin(), u8.span<uint8_t>().end(), uint8_t{250});
  file.tensors.push_back({"a.weight", std::move(f32)});
  file.tensors.push_back({"b", std::move(bf16)});
  file.tensors.push_back({"c", std::move(u8)});
  Tensor i32({3}, DType::kI32);
  std::iota(i32.span<int32_t>().begin(), i32.span<int32_t>().end(), -1);
  file.tensors.push_back({"d", std::move(i32)});
  return file;
}

TEST_F(SafetensorsTest, ReadsBackWhatItWrote) {
  const SafetensorsFile written = ThreeTensors();
  const auto path = directory_.path() / "three.safetensors";
  WriteSafetensors(path, written);
  const SafetensorsFile read = ReadSafetensors(path);
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (const auto& [name, tensor] : written.tensors) {
    const Tensor* found = read.Find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->shape(), tensor.shape());
    EXPECT_EQ(found->dtype(), tensor.dtype());
    EXPECT_EQ(std::memcmp(found->raw(), tensor.raw(), tensor.byte_size()), 0) << name;
  }
  EXPECT_EQ(read.Find("nothing"), nullptr);
}

// The bytes lie where they lie in the file; only those that are used are read.
TEST_F(SafetensorsTest, MapsTheSameTensors) {
  const auto path = directory_.path() / "three.safetensors";
  WriteSafetensors(path, ThreeTensors());
  const SafetensorsFile read = ReadSafetensors(path), mapped = MapSafetensors(path);
  EXPECT_EQ(mapped.metadata, read.metadata);
  ASSERT_EQ(mapped.tensors.size(), read.tensors.size());
  const std::string_view bytes = mapped.mapped->bytes();
  for (const auto& [name, tensor] : read.tensors) {
    const Tensor& found = *mapped.Find(name);
    EXPECT_EQ(Describe(found), Describe(tensor));
    EXPECT_FALSE(found.owns());
    EXPECT_EQ(std::memcmp(found.raw(), tensor.raw(), tensor.byte_size()), 0) << name;
    EXPECT_TRUE(found.raw() >= bytes.data() && found.raw() < bytes.data() + bytes.size());
  }
  const std::string whole = ReadFile(path);
  Write(std::string_view(whole).substr(0, whole.size() - 1));
  EXPECT_THROW(MapSafetensors(directory_.path() / "model.safetensors"), Error);
}

TEST_F(SafetensorsTest, DataBeginsAlignedAndFilesAreBitEqual) {
  const auto one = directory_.path() / "one", two = directory_.path() / "two";
  WriteSafetensors(one, ThreeTensors());
  WriteSafetensors(two, ThreeTensors());
  const std::string content = ReadFile(one);
  EXPECT_EQ(content, ReadFile(two));
  uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof length);
  EXPECT_EQ(length % 8, 0U);
  EXPECT_EQ(content[8], '{');
}

TEST_F(SafetensorsTest, EmptyFileOfNoTensorsIsValid) {
  const SafetensorsFile read = ReadSafetensors(Write(Compose("{}", 0)));
  EXPECT_TRUE(read.tensors.empty());
  EXPECT_TRUE(read.metadata.empty());
}

TEST_F(SafetensorsTest, TruncationAtEveryLengthIsRefused) {
  WriteSafetensors(directory_.path() / "whole", ThreeTensors());
  const std::string whole = ReadFile(directory_.path() / "whole");
  for (size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    ReadError(std::string_view(whole).substr(0, length));
  }
  ReadError(whole + "x");
}

// Skips the name of the checksum, without which the file counts as another program's, and the meaningless
// spaces after the header.
TEST_F(SafetensorsTest, AnyFlippedBitOfTheHeaderIsNoticed) {
  WriteSafetensors(directory_.path() / "whole", ThreeTensors());
  const std::string whole = ReadFile(directory_.path() / "whole");
  uint64_t length = 0;
  std::memcpy(&length, whole.data(), sizeof length);
  const std::string_view name = "header_sha256";
  const size_t named = whole.find(name);
  const size_t end = whole.find_last_not_of(' ', 7 + length) + 1;
  for (size_t bit = 0; bit < end * 8; bit += 5) {
    if (bit / 8 >= named && bit / 8 < named + name.size()) continue;
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    SCOPED_TRACE(flipped.substr(bit / 8));
    ReadError(flipped);
  }
}

struct Lie {
  std::string name;
  std::string header;
  size_t data_bytes;
  std::string message;  // part of the error
};

TEST_F(SafetensorsTest, AnyFlippedBitOfTheDataIsNoticed) {
  const auto path = directory_.path() / "three.safetensors";
  WriteSafetensors(path, ThreeTensors());
  const std::string content = ReadFile(path);
  const size_t data = content.size() - (6 * 4 + 4 * 2 + 5);
  for (size_t bit = 8 * data; bit < 8 * content.size(); ++bit) {
    std::string flipped = content;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_THAT(ReadError(flipped), HasSubstr("their checksum differs"));
  }
}

class LyingHeader : public SafetensorsTest, public testing::WithParamInterface<Lie> {};

TEST_P(LyingHeader, IsRefused) {
  EXPECT_THAT(ReadError(Compose(GetParam().header, GetParam().data_bytes)), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Safetensors, LyingHeader,
    testing::Values(
        Lie{"NotJson", "{\"a\":", 0, "not JSON at byte"},
        Lie{"NotUtf8", "{\"\xff\":{}}", 0, "not JSON at byte"},
        Lie{"NotAnObject", "[1, 2]", 0, "not a JSON object (at byte 8)"},
        Lie{"DeeplyNested", std::string(100000, '['), 0, "nested deeper"},
        Lie{"MetadataNoObject", R"({"__metadata__":[]})", 0, "__metadata__ is not an object (at byte 9)"},
        Lie{"MetadataNoString", R"({"__metadata__":{"a":1}})", 0,
            "the metadata \"a\" is not a string (at byte 25)"},
        Lie{"EntryNoObject", R"({"a":3})", 0, "(at byte 9)"},
        Lie{"EntryKeyMissing", R"({"a":{"dtype":"F32","shape":[1]}})", 4, "dtype, shape and data_offsets"},
        Lie{"EntryKeyUnknown", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4,
            "dtype, shape and data_offsets"},
        Lie{"DTypeUnknown", R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8,
            "F32, BF16, U8 or I32"},
        Lie{"DTypeNoString", R"({"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}})", 4,
            "F32, BF16, U8 or I32"},
        Lie{"NameTwice",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            2, "duplicate key"},
        Lie{"OffsetsNegative", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}})", 1,
            "non-negative"},
        Lie{"OffsetsFloat", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0.0,1.0]}})", 1,
            "non-negative"},
        Lie{"OffsetsTooLarge",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,99999999999999999999999]}})", 1,
            "non-negative"},
        Lie{"OffsetsThree", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}})", 1,
            "two non-negative integers"},
        Lie{"OffsetsBackwards", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1,
            "outside the file"},
        Lie{"OffsetsOutside", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 1,
            "outside the file"},
        Lie{"ShapeTooSmall", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 8,
            "do not match its bytes"},
        Lie{"ShapeOverflows", R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
            0, "do not match its bytes"},
        Lie{"ShapeBeyondSigned",
            R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}})", 1,
            "do not match its bytes"},
        Lie{"ShapeNegative", R"({"a":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}})", 1,
            "list of at most 4"},
        Lie{"ShapeOfFive", R"({"a":{"dtype":"U8","shape":[1,1,1,1,1],"data_offsets":[0,1]}})", 1,
            "list of at most 4"},
        Lie{"Overlap",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
            3, "overlaps"},
        Lie{"SameBytes",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
            2, "overlaps"},
        Lie{"Hole",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
            3, "leaves a gap"},
        Lie{"HoleAtTheStart", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2, "leaves a gap"},
        Lie{"BytesLeftOver", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 2,
            "extra bytes follow"}),
    [](const auto& lie) { return lie.param.name; });

TEST_F(SafetensorsTest, HugeHeaderLengthTakesNoMemory) {
  for (const uint64_t length : {uint64_t{3}, uint64_t{1} << 40, UINT64_MAX}) {
    std::string content(reinterpret_cast<const char*>(&length), sizeof length);
    EXPECT_THAT(ReadError(content + "{}"), HasSubstr("exceeds the file (at byte 0)"));
  }
}

TEST_F(SafetensorsTest, MissingFileAndFolderAreDataErrors) {
  EXPECT_THROW(ReadSafetensors(directory_.path() / "nothing"), Error);
  EXPECT_THROW(ReadSafetensors(directory_.path()), Error);
}

TEST_F(SafetensorsTest, UnwritableFolderIsASystemError) {
  try {
    WriteSafetensors(directory_.path() / "no" / "folder", ThreeTensors());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
  }
}

TEST_F(SafetensorsTest, TensorsThatTheFormatCannotHoldAreUsageErrors) {
  const auto write = [&](const std::vector<std::string>& names, DType dtype) {
    SafetensorsFile file;
    for (const std::string& name : names) file.tensors.push_back({name, Tensor({2}, dtype)});
    WriteSafetensors(directory_.path() / "x.safetensors", file);
  };
  test::ExpectUsageErrors({{"tensor 'a' cannot",
                            [&] {
                              write({"a", "b", "a"}, DType::kF32);
                            }},
                           {"'__metadata__'", [&] { write({"__metadata__"}, DType::kF32); }},
                           {"got:      f64 [2]", [&] { write({"a"}, DType::kF64); }}});
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "x.safetensors"));
}

}  // namespace
}  // namespace hourglass
