// npy and npz files, and CIFAR's records, as data.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>

#include "data/array_writer.h"
#include "data/idx_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/mapped_dataset.h"
#include "hourglass/data/open_data.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using testing::Counting;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Npy;

class ArraysTest : public ::testing::Test {
 protected:
  static Tensor Floats(const Shape& shape, float low, float high) {
    Tensor array(shape);
    const auto last = static_cast<float>(array.size() - 1);
    for (int64_t i = 0; i < array.size(); ++i)
      array.data<float>()[i] = low + (high - low) * static_cast<float>(i) / last;
    return array;
  }
  // The path of a zip archive of members: name and content.
  std::string Zip(const std::string& name, const std::vector<testing::MemberToWrite>& members) const {
    return folder_.Write(name, testing::Zip(members));
  }
  std::string ErrorOf(const DataOptions& options) const {
    try {
      OpenData(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  // Pixel i of image 0 of the set, which is not split.
  static std::vector<int> Pixels(const Dataset& data) {
    PixelRoom room;
    const std::vector<int64_t> ids = {0};
    const uint8_t* image = data.Locate(ids, room).image(0);
    return {image, image + data.image_shape().size()};
  }

  TemporaryDirectory folder_;
};

// Their first two bytes are 9 and 8; the others are 0, and take no space on disk.
TEST_F(ArraysTest, LargeOnesStayInTheirFiles) {
  constexpr int64_t kSide = 1 << 9, kImages = kLargeArray / (kSide * kSide) + 1;
  constexpr uint64_t kBytes = kImages * kSide * kSide;
  std::string header = fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}, {}, {}), }}",
                                   kImages, kSide, kSide);
  header.resize(117, ' ');
  header = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  const std::string idx = testing::IdxHeader(0x08, {kImages, kSide, kSide});
  for (const auto& [name, start] : {std::pair("a.npy", header), std::pair("a-idx3-ubyte", idx)}) {
    const std::string path = folder_.Write(name, start + "\x09\x08");
    std::filesystem::resize_file(path, start.size() + kBytes);
    const OpenedData opened = OpenParts({.name = path});
    const auto* data = dynamic_cast<const MappedDataset*>(opened.train.get());
    ASSERT_NE(data, nullptr) << name;
    EXPECT_EQ(data->size(), kImages);
    EXPECT_EQ(data->image_shape(), (Shape{1, kSide, kSide}));
    const std::vector<int64_t> first_and_last = {0, kImages - 1};
    PixelRoom room;
    const LocatedPixels located = data->Locate(first_and_last, room);
    EXPECT_EQ(located.image(0)[0], 9);
    EXPECT_EQ(located.image(0)[1], 8);
    EXPECT_EQ(located.image(1)[kSide * kSide - 1], 0);

    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_THAT([&] { data->Locate(first_and_last, room); },
                ::testing::ThrowsMessage<Error>(HasSubstr(path + " was changed while it was used")));
  }
}

TEST_F(ArraysTest, NpzWithKerasNamesHasTwoParts) {
  const std::string path = Zip("keras.npz", {{"x_train.npy", Npy(Counting({3, 2, 4}))},
                                             {"y_train.npy", Npy(std::vector<int32_t>{2, 0, 1}, Shape{3})},
                                             {"x_test.npy", Npy(Counting({2, 2, 4}))},
                                             {"y_test.npy", Npy(std::vector<int32_t>{1, 1}, Shape{2})}});
  const DataSplits data = OpenData({.name = path});
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 2, 4}));
  EXPECT_THAT(data.train->labels(), ElementsAre(2, 0, 1));
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_THAT(data.held_out->labels(), ElementsAre(1, 1));
  EXPECT_THAT(Pixels(*data.train), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(data.note, "");
}

TEST_F(ArraysTest, NpzOfMedMnistHasColourLastAndLabelsInColumns) {
  const std::string path =
      Zip("med.npz", {{"train_images.npy", Npy(Counting({3, 5, 4, 3}))},
                      {"train_labels.npy", Npy(std::vector<int32_t>{1, 0, 1}, Shape{3, 1})},
                      {"val_images.npy", Npy(Counting({2, 5, 4, 3}))},
                      {"val_labels.npy", Npy(std::vector<int32_t>{1, 0}, Shape{2, 1})}});
  const DataSplits data = OpenData({.name = path});
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 5, 4}));
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_THAT(data.train->labels(), ElementsAre(1, 0, 1));
  EXPECT_EQ(Pixels(*data.train)[1], 3) << "the second pixel of the first channel";
  EXPECT_THAT(data.note, HasSubstr("train_images read as hwc"));
}

TEST_F(ArraysTest, NpzWithoutKnownNamesIsRefusedWithThoseItHas) {
  const std::string path =
      Zip("odd.npz", {{"foo.npy", Npy(Counting({2, 2, 2}))}, {"bar.npy", Npy(Counting({2, 2, 2}))}});
  EXPECT_THAT(ErrorOf({.name = path}), AllOf(HasSubstr("foo, bar"), HasSubstr("x_train")));
  EXPECT_EQ(OpenData({.name = Zip("one.npz", {{"foo.npy", Npy(Counting({2, 2, 2}))}})}).train->size(), 1);
}

TEST_F(ArraysTest, FloatsAreReadInTheirRange) {
  WriteNpy(folder_ / "a.npy", Floats({2, 1, 3}, 0, 1));
  EXPECT_THAT(OpenData({.name = folder_ / "a.npy"}).note, HasSubstr("read as 0 (black) to 1 (white)"));
  WriteNpy(folder_ / "b.npy", Floats({2, 1, 3}, 0, 254));
  EXPECT_THAT(OpenData({.name = folder_ / "b.npy"}).note,
              HasSubstr("0 (black) to 255 (white) and rounded to 8 bits"));
  WriteNpy(folder_ / "whole.npy", Floats({2, 1, 3}, 0, 255));
  EXPECT_EQ(OpenData({.name = folder_ / "whole.npy"}).note, "") << "bytes in floats";
  WriteNpy(folder_ / "c.npy", Floats({2, 1, 3}, -1, 1));
  EXPECT_THAT(ErrorOf({.name = folder_ / "c.npy"}), AllOf(HasSubstr("-1 to 1"), HasSubstr("range = -1:1")));
  const DataSplits data = OpenData({.name = folder_ / "c.npy", .range = PixelRange{-1, 1}});
  std::vector<int> all = Pixels(*data.train);
  const std::vector<int> rest = Pixels(*data.held_out);
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_THAT(all, ::testing::UnorderedElementsAre(0, 51, 102, 153, 204, 255));
  Tensor bad = Floats({2, 1, 3}, 0, 1);
  bad.data<float>()[4] = NAN;
  WriteNpy(folder_ / "d.npy", bad);
  EXPECT_THAT(ErrorOf({.name = folder_ / "d.npy"}), HasSubstr("element 4 is not finite"));
}

TEST_F(ArraysTest, TruthValuesAreBlackAndWhite) {
  Tensor truth({2, 1, 2}, DType::kU8);
  for (int64_t i = 0; i < 4; ++i) truth.data<uint8_t>()[i] = static_cast<uint8_t>(i % 2);
  WriteNpy(folder_ / "truth.npy", truth);
  const DataSplits data = OpenData({.name = folder_ / "truth.npy"});
  EXPECT_THAT(Pixels(*data.train), ElementsAre(0, 255));
  EXPECT_THAT(data.note, HasSubstr("0 (black) to 1 (white)"));
}

TEST_F(ArraysTest, NpzSaysWhatItDoesNotUse) {
  const std::string images = Npy(Counting({2, 2, 2}));
  const DataSplits data = OpenData(
      {.name = Zip("three.npz",
                   {{"train_images.npy", images}, {"val_images.npy", images}, {"test_images.npy", images}})});
  EXPECT_THAT(data.note, HasSubstr("val_images not used"));
  EXPECT_EQ(OpenData({.name = Zip("test.npz", {{"x_test.npy", images}})}).train->size(), 1)
      << "the only array";
}

TEST_F(ArraysTest, NpyTakesLabelsBesideAndRowsOfPixels) {
  WriteNpy(folder_ / "x.npy", Counting({4, 9}));
  WriteNpy(folder_ / "x_labels.npy", std::vector<int32_t>{3, 1, 2, 0}, {4});
  const DataSplits data = OpenData({.name = folder_ / "x.npy"});
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 3, 3}));
  EXPECT_EQ(data.train->labels().size() + data.held_out->labels().size(), 4);
  EXPECT_THAT(data.note, HasSubstr("images of 3 x 3"));
  WriteNpy(folder_ / "y.npy", Counting({4, 10}));
  EXPECT_THAT(ErrorOf({.name = folder_ / "y.npy"}), HasSubstr("no square images"));
  WriteNpy(folder_ / "z.npy", Counting({10}));
  EXPECT_THAT(ErrorOf({.name = folder_ / "z.npy"}), HasSubstr("not an array of images"));
}

class CifarTest : public ArraysTest {
 protected:
  // Records whose pixels count from the label on.
  static std::string Records(const std::vector<std::vector<int>>& labels) {
    std::string records;
    for (const std::vector<int>& of_record : labels) {
      for (const int label : of_record) records += static_cast<char>(label);
      for (int i = 0; i < 3072; ++i) records += static_cast<char>(i + of_record.back());
    }
    return records;
  }
};

TEST_F(CifarTest, ReadsBatchesInOrderWithTheNamesOfClasses) {
  folder_.Write("data_batch_2.bin", Records({{7}}));
  folder_.Write("data_batch_1.bin", Records({{3}, {9}}));
  folder_.Write("test_batch.bin", Records({{1}}));
  folder_.Write("batches.meta.txt", "airplane\r\nautomobile\nbird\n\n");
  const DataSplits data = OpenData({.name = folder_.path().string()});
  EXPECT_THAT(data.train->labels(), ElementsAre(3, 9, 7));
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 32, 32}));
  EXPECT_EQ(Pixels(*data.train)[1025], (1025 + 3) % 256);
  EXPECT_EQ(ClassName(*data.held_out, 1), "automobile");
  EXPECT_EQ(ClassName(*data.train, 9), "9") << "has no name";
}

TEST_F(CifarTest, OfAHundredClassesHasTheFineLabels) {
  folder_.Write("train.bin", Records({{11, 49}, {2, 99}}));
  const DataSplits data = OpenData({.name = folder_.path().string()});
  EXPECT_EQ(data.train->labels()[0] + data.held_out->labels()[0], 49 + 99);
}

TEST_F(CifarTest, DamagedRecordsAreRefused) {
  folder_.Write("data_batch_1.bin", Records({{3}, {9}}).substr(1));
  EXPECT_THAT(ErrorOf({.name = folder_.path().string()}),
              AllOf(HasSubstr("whole records"), HasSubstr("6145 bytes")));
  folder_.Write("data_batch_1.bin", Records({{3}, {10}}));
  EXPECT_THAT(ErrorOf({.name = folder_.path().string()}), AllOf(HasSubstr("byte 3073"), HasSubstr("0 to 9")));
  folder_.Write("data_batch_1.bin", "");
  EXPECT_THAT(ErrorOf({.name = folder_.path().string()}), HasSubstr("0 bytes"));
}

TEST(PixelRanges, AreReadFromText) {
  EXPECT_EQ(ParsePixelRange("auto"), std::nullopt);
  EXPECT_EQ(ParsePixelRange("-1:1"), (PixelRange{-1, 1}));
  for (const char* text : {"", "1", ":", "1:", "1:1", "2:1", "a:b", "0:inf", "0:nan", "0:1:2"})
    EXPECT_THROW(ParsePixelRange(text), Error) << text;
}

}  // namespace
}  // namespace hourglass
