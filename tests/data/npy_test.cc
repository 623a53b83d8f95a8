#include "hourglass/data/formats/npy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// The bytes that numpy.save writes for the same arrays, except for the header's padding, which readers skip.
TEST(Npy, IsVersionOneInCOrder) {
  const test::TemporaryDirectory folder;
  const float values[] = {0, 1, 2, 3, 4, 5};
  WriteNpy(folder / "f.npy", Tensor::View(values, {2, 3}));
  const std::string file = ReadFile(folder / "f.npy");
  EXPECT_EQ(file.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t header = static_cast<uint8_t>(file[8]) + 256 * static_cast<uint8_t>(file[9]);
  EXPECT_EQ((10 + header) % 64, 0U);
  EXPECT_EQ(file.substr(10, 57), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ");
  EXPECT_EQ(file[10 + header - 1], '\n');
  ASSERT_EQ(file.size(), 10 + header + sizeof values);
  EXPECT_EQ(file.substr(10 + header), std::string(reinterpret_cast<const char*>(values), sizeof values));
}

TEST(Npy, BytesOfOneAxis) {
  const test::TemporaryDirectory folder;
  const uint8_t labels[] = {7, 2, 1};
  WriteNpy(folder / "u.npy", Tensor::View(labels, {3}));
  const std::string file = ReadFile(folder / "u.npy");
  EXPECT_NE(file.find("'|u1'"), std::string::npos);
  EXPECT_NE(file.find("'shape': (3, )"), std::string::npos);
  EXPECT_EQ(file.substr(file.size() - 3), "\x07\x02\x01");
  EXPECT_THROW(WriteNpy(folder / "none/u.npy", Tensor::View(labels, {3})), Error);
}

TEST(Npy, ReadsWhatItWrites) {
  const test::TemporaryDirectory folder;
  const float values[] = {0, 1.5f, -2, 3, 4, 1e30f};
  WriteNpy(folder / "f.npy", Tensor::View(values, {3, 2}));
  const Tensor floats = ReadNpy(folder / "f.npy");
  EXPECT_EQ(floats.shape(), (Shape{3, 2}));
  EXPECT_THAT(floats.span<float>(), ElementsAreArray(values));
  const uint8_t labels[] = {7, 2, 255};
  WriteNpy(folder / "u.npy", Tensor::View(labels, {3}));
  EXPECT_THAT(ReadNpy(folder / "u.npy").span<uint8_t>(), ElementsAreArray(labels));
  EXPECT_THAT(ReadNpyLabels(folder / "u.npy"), ElementsAreArray(labels));
}

TEST(Npy, WritesIntegersAndDoubles) {
  const test::TemporaryDirectory folder;
  WriteNpy(folder / "u4.npy", std::vector<uint32_t>{1, 2, 250}, Shape{3});
  EXPECT_THAT(ReadFile(folder / "u4.npy"), HasSubstr("'<u4'"));
  EXPECT_THAT(ReadNpyLabels(folder / "u4.npy"), ElementsAre(1, 2, 250));
  EXPECT_THAT(ReadNpyArray<uint32_t>(folder / "u4.npy").values, ElementsAre(1, 2, 250));
  EXPECT_THROW(ReadNpyArray<int32_t>(folder / "u4.npy"), Error);
  WriteNpy(folder / "i4.npy", std::vector<int32_t>{3, -1}, Shape{2});
  EXPECT_THROW(ReadNpyLabels(folder / "i4.npy"), Error);
  const std::vector<double> halves = {0.5, 1.5};
  WriteNpy(folder / "f8.npy", halves, Shape{1, 2});
  EXPECT_THAT(ReadNpyArray<double>(folder / "f8.npy").values, ElementsAreArray(halves));
  EXPECT_THAT(ReadNpyArray<double>(folder / "f8.npy").sizes, ElementsAre(1, 2));
  const std::string file = ReadFile(folder / "f8.npy");
  EXPECT_THAT(file, HasSubstr("'<f8', 'fortran_order': False, 'shape': (1, 2, )"));
  EXPECT_EQ(file.substr(file.size() - 16), std::string(reinterpret_cast<const char*>(halves.data()), 16));
}

// An npy file with the given header and two bytes of elements.
std::string WithHeader(const std::string& header, char version = 1) {
  std::string file = std::string("\x93NUMPY", 6) + version + '\0';
  file += static_cast<char>(header.size());
  file += '\0';
  if (version > 1) file += std::string(2, '\0');
  return file + header + "\x05\x06";
}

TEST(Npy, ReadsWhatNumpyMayWrite) {
  const test::TemporaryDirectory folder;
  const auto read = [&](const std::string& file) { return ReadNpy(folder.Write("x.npy", file)); };
  EXPECT_EQ(read(WithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }  \n")).shape(),
            Shape{2});
  EXPECT_EQ(read(WithHeader("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"|u1\"}")).shape(),
            (Shape{1, 2}));
  EXPECT_EQ(read(WithHeader("{'descr': '|u1', 'fortran_order': True, 'shape': (2,)}")).shape(), Shape{2});
  EXPECT_EQ(read(WithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1, 1, 1)}")).shape(),
            (Shape{2, 1, 1, 1}));
  EXPECT_EQ(read(WithHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", 3)).shape(), Shape{2});
}

// A header for `shape` and the elements `values`, of type T.
template <class T>
std::string File(const std::string& type, const std::string& shape, bool fortran,
                 const std::vector<T>& values) {
  std::string file = WithHeader(fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}}}", type,
                                            fortran ? "True" : "False", shape));
  file.resize(file.size() - 2);
  return file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// As numpy.save writes the codes of scikit-learn's PCA: f64, column by column.
TEST(Npy, ReadsFortranOrderAndDoubles) {
  const test::TemporaryDirectory folder;
  const std::vector<double> columns = {0, 1, 2, 10.5, 11, 0.1};
  const Tensor codes = ReadNpy(folder.Write("z.npy", File("<f8", "(3, 2)", true, columns)));
  EXPECT_EQ(codes.shape(), (Shape{3, 2}));
  EXPECT_THAT(codes.span<float>(), ElementsAre(0, 10.5F, 1, 11, 2, 0.1F));
  std::vector<uint8_t> bytes(24);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  const Tensor images = ReadNpy(folder.Write("x.npy", File("|u1", "(2, 3, 4)", true, bytes)));
  ASSERT_EQ(images.shape(), (Shape{2, 3, 4}));
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t h = 0; h < 3; ++h) {
      for (int64_t w = 0; w < 4; ++w)
        EXPECT_EQ(images.data<uint8_t>()[(n * 3 + h) * 4 + w], n + 2 * h + 6 * w);
    }
  }
}

TEST(Npy, ReadsEveryTypeOfNumber) {
  const test::TemporaryDirectory folder;
  const auto read = [&](const std::string& file) { return ReadNpy(folder.Write("x.npy", file)); };
  EXPECT_THAT(read(File<int8_t>("|i1", "(2,)", false, {-128, 127})).span<float>(), ElementsAre(-128, 127));
  EXPECT_THAT(read(File<uint16_t>("<u2", "(2,)", false, {0, 65535})).span<float>(), ElementsAre(0, 65535));
  EXPECT_THAT(read(File<int16_t>("<i2", "(1,)", false, {-300})).span<float>(), ElementsAre(-300));
  EXPECT_THAT(read(File<uint8_t>(">i2", "(1,)", false, {0xFE, 0xD4})).span<float>(), ElementsAre(-300));
  EXPECT_THAT(read(File<uint8_t>(">f4", "(1,)", false, {0x3F, 0x80, 0, 0})).span<float>(), ElementsAre(1));
  EXPECT_THAT(read(File<int32_t>("<i4", "(1,)", false, {-16777216})).span<float>(), ElementsAre(-16777216));
  EXPECT_THAT(read(File<uint64_t>("<u8", "(1,)", false, {16777216})).span<float>(), ElementsAre(16777216));
  EXPECT_THAT(read(File<uint8_t>("|b1", "(2,)", false, {0, 1})).span<uint8_t>(), ElementsAre(0, 1));
  // 1, -2, the smallest subnormal and normal numbers, the largest number, infinity
  const std::vector<uint16_t> halves = {0x3C00, 0xC000, 0x0001, 0x0400, 0x7BFF, 0x7C00};
  EXPECT_THAT(
      read(File("<f2", "(6,)", false, halves)).span<float>(),
      ElementsAre(1, -2, 5.9604645e-8F, 6.1035156e-5F, 65504, std::numeric_limits<float>::infinity()));
  EXPECT_TRUE(std::isnan(read(File<uint16_t>("<f2", "(1,)", false, {0x7E00})).data<float>()[0]));
  EXPECT_TRUE(std::isnan(read(File<double>("<f8", "(1,)", false, {std::nan("")})).data<float>()[0]));
}

TEST(Npy, RefusesNumbersThatFloatsCannotHold) {
  const test::TemporaryDirectory folder;
  const auto error = [&](const std::string& file) -> std::string {
    try {
      ReadNpy(folder.Write("x.npy", file));
    } catch (const Error& refusal) {
      return refusal.what();
    }
    return "";
  };
  EXPECT_THAT(error(File<int32_t>("<i4", "(2,)", false, {1, 16777217})),
              AllOf(HasSubstr("element 1"), HasSubstr("16777217")));
  EXPECT_THAT(error(File<uint64_t>("<u8", "(1,)", false, {~uint64_t{0}})), HasSubstr("18446744073709551615"));
  EXPECT_THAT(error(File<double>("<f8", "(1,)", false, {1e300})), HasSubstr("1e+300"));
}

TEST(Npy, ReadsLabelsOfEveryType) {
  const test::TemporaryDirectory folder;
  const auto read = [&](const std::string& file) { return ReadNpyLabels(folder.Write("y.npy", file)); };
  EXPECT_THAT(read(File<int64_t>("<i8", "(2,)", false, {3, 70000})), ElementsAre(3, 70000));
  EXPECT_THAT(read(File<double>("<f8", "(2,)", false, {3, 70000})), ElementsAre(3, 70000));
  EXPECT_THAT(read(File<uint8_t>(">u2", "(1,)", false, {1, 2})), ElementsAre(258));
  EXPECT_THROW(read(File<int64_t>("<i8", "(1,)", false, {int64_t{1} << 31})), Error);
  EXPECT_THROW(read(File<double>("<f8", "(1,)", false, {0.5})), Error);
  EXPECT_THROW(read(File<double>("<f8", "(1,)", false, {std::nan("")})), Error);
  EXPECT_THROW(read(File<int8_t>("|i1", "(1,)", false, {-1})), Error);
  EXPECT_THROW(read(File<int8_t>("|i1", "(1, 2)", false, {1, 2})), Error);
  EXPECT_THAT(read(File<int8_t>("|i1", "(2, 1)", false, {1, 2})), ElementsAre(1, 2));
}

TEST(Npy, NamesWhatItFoundInstead) {
  const test::TemporaryDirectory folder;
  try {
    ReadNpy(folder.Write("x.npy", "PK\x03\x04 arr_0.npy"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("npz"));
  }
}

TEST(Npy, RefusesLiesByName) {
  const test::TemporaryDirectory folder;
  const std::pair<std::string, std::string> lies[] = {
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", "3 bytes"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", "1 bytes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "8 bytes"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (9000000000000000000, 9000000000000000000)}",
       "header"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}", "2^63"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}", "damaged header"},
      {"{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3)}", "24 bytes"},
      {"{'descr': '<c8', 'fortran_order': True, 'shape': (1, 2)}", "2 axes of '<c8'"},
      {"{'descr': '<f16', 'fortran_order': False, 'shape': (2,)}", "'<f16'"},
      {"{'descr': '', 'fortran_order': False, 'shape': (2,)}", "damaged header"},
      {"{'descr': '<', 'fortran_order': False, 'shape': (2,)}", "'<'"},
      {"{'descr': '<U1', 'fortran_order': False, 'shape': (2,)}", "'<U1'"},
      {"{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "'|O'"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': ()}", "bytes"},
      {"{'descr': '|u1', 'fortran_order': False}", "damaged header"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}", "damaged header"},
      {"{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2,)}", "damaged header"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,)", "damaged header"},
      {"", "damaged header"}};
  for (const auto& [header, message] : lies) {
    const auto path = folder.Write("x.npy", WithHeader(header));
    try {
      ReadNpy(path);
      ADD_FAILURE() << header;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << header;
      EXPECT_THAT(error.what(), AllOf(HasSubstr("x.npy"), HasSubstr(message)));
    }
  }
  EXPECT_THROW(ReadNpyLabels(folder.Write("x.npy", WithHeader(lies[8].first))), Error) << lies[8].first;
  EXPECT_THROW(ReadNpy(folder / "none.npy"), Error);
  EXPECT_THROW(ReadNpy(folder.path()), Error);
}

}  // namespace
}  // namespace hourglass
