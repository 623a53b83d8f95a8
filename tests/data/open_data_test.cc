// Opens data sets by name and path: the places searched, their order, and the errors if nothing is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "data/idx_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/formats/format.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/data/open_data.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Gzip;
using ::testing::HasSubstr;
using testing::Idx;
using testing::IdxOf;
using testing::ScopedVariable;
using testing::WriteIdxFolder;

// Only the folders that a test names; the cache is in `folder`.
class OpenDataTest : public ::testing::Test {
 protected:
  TemporaryDirectory folder_;
  ScopedVariable data_dir_{"HOURGLASS_DATA_DIR", nullptr};
  ScopedVariable cache_{"XDG_CACHE_HOME", folder_.path().c_str()};

  std::string ErrorOf(const DataOptions& options, ErrorKind kind) {
    try {
      OpenData(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error for " << options.name;
    return "";
  }
};

// A mistyped path must not open other data.
TEST_F(OpenDataTest, APathThatDoesNotExistIsNotTakenForTheFolderToSearch) {
  WriteIdxFolder(folder_, "there", 6, 2);
  DataOptions options{.name = "/nonexistent/folder", .data_dir = folder_.path() / "there"};
  EXPECT_THAT(ErrorOf(options, ErrorKind::kData), HasSubstr("/nonexistent/folder does not exist"));
  options.moved = true;
  EXPECT_EQ(OpenData(options).train->size(), 6) << "known data in a new place";
}

TEST_F(OpenDataTest, LooksForMnistInOrder) {
  WriteIdxFolder(folder_, "hourglass/mnist", 6, 2);
  EXPECT_EQ(OpenData({.name = "mnist"}).train->size(), 6);
  WriteIdxFolder(folder_, "variable", 7, 2);
  const ScopedVariable variable("HOURGLASS_DATA_DIR", (folder_.path() / "variable").c_str());
  EXPECT_EQ(OpenData({.name = "mnist"}).train->size(), 7);
  WriteIdxFolder(folder_, "option", 8, 2);
  const DataSplits data = OpenData({.name = "mnist", .data_dir = folder_.path() / "option"});
  EXPECT_EQ(data.train->size(), 8);
  EXPECT_EQ(data.location, (folder_.path() / "option").string());
  EXPECT_EQ(data.name, "mnist");
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_EQ(data.held_out->size(), 2);
  EXPECT_EQ(data.train->labels()[7], 7);
  EXPECT_EQ(OpenData({.name = "mnist", .data_dir = folder_.path() / "empty"}).train->size(), 7);
}

TEST_F(OpenDataTest, SaysWhereMnistWasLookedFor) {
  const ScopedVariable variable("HOURGLASS_DATA_DIR", "/nonexistent/variable");
  EXPECT_THAT(ErrorOf({.name = "mnist", .data_dir = "/nonexistent/option"}, ErrorKind::kData),
              AllOf(HasSubstr("/nonexistent/option, then /nonexistent/option/mnist, then "
                              "/nonexistent/variable, then /nonexistent/variable/mnist, then " +
                              (folder_.path() / "hourglass" / "mnist").string()),
                    HasSubstr("hourglass data fetch mnist"), HasSubstr("`digits`")));
}

TEST_F(OpenDataTest, RefusesHalfADataSet) {
  WriteIdxFolder(folder_, "half", 6, 2);
  std::filesystem::remove(folder_.path() / "half" / "t10k-labels.idx1-ubyte.gz");
  EXPECT_THAT(ErrorOf({.name = "mnist", .data_dir = folder_.path() / "half"}, ErrorKind::kData),
              HasSubstr("also t10k-labels-idx1-ubyte"));
}

TEST_F(OpenDataTest, RefusesLabelsThatDoNotBelongToTheImages) {
  WriteIdxFolder(folder_, "mixed", 6, 2);
  folder_.Write("mixed/train-labels-idx1-ubyte", Idx({5}));
  EXPECT_THAT(ErrorOf({.name = (folder_.path() / "mixed").string()}, ErrorKind::kData),
              AllOf(HasSubstr("6 labels"), HasSubstr("train-labels-idx1-ubyte")));
}

TEST_F(OpenDataTest, RefusesPartsOfDifferentShapes) {
  WriteIdxFolder(folder_, "mixed", 6, 2);
  folder_.Write("mixed/t10k-images.idx3-ubyte", Idx({2, 3, 4}));
  EXPECT_THAT(ErrorOf({.name = (folder_.path() / "mixed").string()}, ErrorKind::kData),
              HasSubstr("[1, 3, 4]"));
}

TEST_F(OpenDataTest, HoldsOutARandomTenthOfASingleFile) {
  const std::string name = folder_.Write("my-images-idx3-ubyte", Idx({50, 1, 1})).string();
  folder_.Write("my-labels-idx1-ubyte", Idx({50}));
  const DataSplits data = OpenData({.name = name, .split_seed = 5});
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_EQ(data.held_out->size(), 5);
  std::multiset<int> seen;
  for (const auto& part : {data.train, data.held_out}) {
    for (int64_t i = 0; i < part->size(); ++i) {
      EXPECT_EQ(AllImages(*part).data<uint8_t>()[i], part->labels()[static_cast<size_t>(i)]);
      seen.insert(part->labels()[static_cast<size_t>(i)]);
    }
  }
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(std::set<int>(seen.begin(), seen.end()).size(), 50u);
  EXPECT_EQ(OpenData({.name = name, .split_seed = 5}).checksum, data.checksum);
  EXPECT_NE(OpenData({.name = name, .split_seed = 6}).checksum, data.checksum);
  EXPECT_TRUE(OpenData({.name = folder_.Write("bare", Idx({50, 1, 1})).string()}).train->labels().empty());
  ErrorOf({.name = folder_.Write("single", Idx({1, 2, 2})).string()}, ErrorKind::kData);
}

TEST_F(OpenDataTest, HoldsOutAShareOfTheTrainingImages) {
  WriteIdxFolder(folder_, "a", 50, 7);
  const DataOptions options = {.name = (folder_.path() / "a").string(), .val_share = 0.2};
  const DataSplits whole = OpenData({.name = options.name});
  const DataSplits data = OpenData(options);
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_EQ(data.train->size(), 40);
  EXPECT_EQ(data.held_out->size(), 10);
  const auto images = [](const Dataset& part) {
    std::multiset<std::string> all;
    ForEachImage(part, [&](std::span<const uint8_t> image) { all.emplace(image.begin(), image.end()); });
    return all;
  };
  auto together = images(*data.train);
  together.merge(images(*data.held_out));
  EXPECT_EQ(together, images(*whole.train)) << "every training image in one part, and no other";

  EXPECT_EQ(OpenData(options).checksum, data.checksum);
  DataOptions other = options;
  other.split_seed = 3;
  EXPECT_NE(OpenData(other).checksum, data.checksum);
  other = options;
  other.val_share = 0.3;
  EXPECT_NE(OpenData(other).checksum, data.checksum);
  EXPECT_NE(whole.checksum, data.checksum);
  other.val_share = 1e-9;
  EXPECT_EQ(OpenData(other).held_out->size(), 1);
}

TEST_F(OpenDataTest, HoldsOutAShareOfTheDigits) {
  const DataSplits data = OpenData({.name = "digits", .val_share = 0.25});
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_EQ(data.train->size(), 3 * data.held_out->size());
}

TEST_F(OpenDataTest, HoldsOutImagesOfAnotherPlace) {
  WriteIdxFolder(folder_, "a", 50, 7);
  WriteIdxFolder(folder_, "b", 20, 5);
  const std::string a = (folder_.path() / "a").string(), b = (folder_.path() / "b").string();
  const DataSplits data = OpenData({.name = a, .test = b});
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_EQ(data.train->size(), 50);
  EXPECT_EQ(data.held_out->size(), 5) << "the test images of the other";
  EXPECT_THAT(data.note, HasSubstr("only its own test images are used"));

  const std::string bare = folder_.Write("bare", Idx({9, 4, 3})).string();
  EXPECT_EQ(OpenData({.name = a, .val = b, .test = bare}).held_out_name, "val") << "in place of test images";
  EXPECT_EQ(OpenData({.name = a, .test = b, .val_share = 0.2}).held_out->size(), 10) << "likewise";
  EXPECT_EQ(OpenData({.name = bare, .test = bare}).held_out->size(), 9) << "all, if it has no test images";
  EXPECT_EQ(OpenData({.name = bare, .test = bare}).train->size(), 9);
  EXPECT_THAT(ErrorOf({.name = a, .val = b, .val_share = 0.2}, ErrorKind::kUsage),
              HasSubstr("set one of them"));
}

TEST_F(OpenDataTest, NamesTheHeldOutImagesThatDoNotFit) {
  WriteIdxFolder(folder_, "a", 50, 7);
  const std::string a = (folder_.path() / "a").string();
  const std::string bare = folder_.Write("bare", Idx({9, 2, 2})).string();
  const auto does_not_exist = AllOf(HasSubstr("none does not exist"), HasSubstr("new path: test"));
  EXPECT_THAT(ErrorOf({.name = a, .test = "/none"}, ErrorKind::kData), does_not_exist);
  EXPECT_THAT(ErrorOf({.name = a, .test = "/none", .val_share = 0.2}, ErrorKind::kData), does_not_exist)
      << "it will be needed later";
  EXPECT_THAT(ErrorOf({.name = a, .val = "/none"}, ErrorKind::kData), HasSubstr("new path: val"));
  EXPECT_THAT(ErrorOf({.name = "digits", .test = bare}, ErrorKind::kData),
              AllOf(HasSubstr("bare differ in shape"), HasSubstr("[1, 28, 28]"), HasSubstr("[1, 2, 2]"),
                    HasSubstr("size = 28x28")));
}

TEST_F(OpenDataTest, DoubtsHeldOutImagesThatCannotBeMeant) {
  WriteIdxFolder(folder_, "a", 50, 7);
  const std::string a = (folder_.path() / "a").string();
  EXPECT_EQ(OpenData({.name = a}).note, "");
  const std::string bare = folder_.Write("bare", Idx({9, 2, 2})).string();
  EXPECT_THAT(OpenData({.name = bare, .test = bare}).note,
              HasSubstr("the held-out images are the training images"));
  folder_.Write("images-idx3-ubyte", Idx({2, 4, 3}));
  folder_.Write("labels-idx1-short", IdxOf<int16_t>({2}, {77, 78}));
  EXPECT_THAT(
      OpenData({.name = a, .test = folder_ / "images-idx3-ubyte"}).note,
      HasSubstr("no held-out image is of a class of the training images (\"0\" and others, not \"77\")"));
}

// Half-bright images: in the range of the training images, 0 to 255, these numbers are nearly black.
TEST_F(OpenDataTest, NumbersOfHeldOutImagesAreReadInTheRangeOfTheTrainingImages) {
  Tensor train({2, 2, 2}), test({1, 2, 2});
  std::ranges::fill(train.span<float>(), 255.0f);
  std::ranges::fill(test.span<float>(), 100.0f);
  WriteNpy(folder_ / "train.npy", train);
  WriteNpy(folder_ / "test.npy", test);
  const DataSplits data = OpenData({.name = folder_ / "train.npy", .test = folder_ / "test.npy"});
  EXPECT_EQ(AllImages(*data.train).data<uint8_t>()[0], 255);
  EXPECT_EQ(AllImages(*data.held_out).data<uint8_t>()[0], 100);
}

TEST_F(OpenDataTest, ChecksumNamesPixelsLabelsAndShape) {
  WriteIdxFolder(folder_, "a", 6, 2);
  const std::string name = (folder_.path() / "a").string();
  const std::string checksum = OpenData({.name = name}).checksum;
  EXPECT_EQ(checksum.size(), 64u);
  std::string labels = Idx({6});
  labels.back() = 9;
  folder_.Write("a/train-labels-idx1-ubyte", labels);
  EXPECT_NE(OpenData({.name = name}).checksum, checksum);
  WriteIdxFolder(folder_, "a", 6, 2);
  EXPECT_EQ(OpenData({.name = name}).checksum, checksum);
  folder_.Write("a/train-images-idx3-ubyte.gz", Idx({6, 3, 4}));
  folder_.Write("a/t10k-images.idx3-ubyte", Idx({2, 3, 4}));
  EXPECT_NE(OpenData({.name = name}).checksum, checksum);
}

TEST_F(OpenDataTest, TellsUnknownNamesFromMissingPaths) {
  EXPECT_THAT(ErrorOf({.name = "minst"}, ErrorKind::kUsage), HasSubstr("did you mean 'mnist'"));
  EXPECT_THAT(ErrorOf({.name = "./minst"}, ErrorKind::kData), HasSubstr("does not exist"));
  EXPECT_THAT(ErrorOf({.name = folder_.path().string()}, ErrorKind::kData), HasSubstr("holds no data"));
}

TEST_F(OpenDataTest, LabelsMayExceedABytesRange) {
  WriteIdxFolder(folder_, "a", 3, 2);
  const std::string name = (folder_.path() / "a").string();
  const std::string checksum = OpenData({.name = name}).checksum;
  std::filesystem::remove(folder_.path() / "a/train-labels-idx1-ubyte");
  folder_.Write("a/train-labels-idx1-int.gz", Gzip(IdxOf<int32_t>({3}, {0, 1, 2})));
  EXPECT_EQ(OpenData({.name = name}).checksum, checksum) << "the same labels, wider";
  folder_.Write("a/train-labels-idx1-int.gz", Gzip(IdxOf<int32_t>({3}, {0, 1, 258})));
  const DataSplits data = OpenData({.name = name});
  EXPECT_EQ(data.train->labels()[2], 258);
  EXPECT_NE(data.checksum, checksum);
}

// As arrays in npy files are; the range of the first part is that of the second.
TEST_F(OpenDataTest, ReadsIdxFilesOfAnyNumbers) {
  const std::string floats =
      folder_.Write("my-images-idx3-float.gz", Gzip(IdxOf<float>({2, 1, 2}, {0, 1, 0.2F, 0.4F})));
  folder_.Write("my-labels-idx1-short", IdxOf<int16_t>({2}, {300, 301}));
  const DataSplits data = OpenData({.name = floats});
  EXPECT_THAT(data.note, HasSubstr("read as 0 (black) to 1 (white)"));
  EXPECT_EQ(data.train->labels()[0] + data.held_out->labels()[0], 601);
  const std::string bytes = folder_.Write("signed", IdxOf<int8_t>({2, 1, 1, 2}, {-128, 127, 0, 1}));
  EXPECT_THAT(ErrorOf({.name = bytes}, ErrorKind::kData), HasSubstr("range = -128:127"));

  std::filesystem::create_directory(folder_ / "set");
  folder_.Write("set/train-images-idx3-double", IdxOf<double>({2, 1, 2}, {0, 100, 200, 255}));
  folder_.Write("set/train-labels-idx1-byte", IdxOf<int8_t>({2}, {0, 1}));
  folder_.Write("set/test-images-idx3-int", IdxOf<int32_t>({1, 1, 2}, {0, 20}));
  folder_.Write("set/test-labels-idx1-ubyte", Idx({1}));
  const DataSplits set = OpenData({.name = (folder_ / "set").string()});
  EXPECT_THAT(AllImages(*set.train).span<uint8_t>(), ElementsAre(0, 100, 200, 255));
  EXPECT_THAT(AllImages(*set.held_out).span<uint8_t>(), ElementsAre(0, 20)) << "of 255, as in the other part";
  EXPECT_EQ(set.note, "");
  const DataSplits stated = OpenData({.name = (folder_ / "set").string(), .range = PixelRange{0, 510}});
  EXPECT_THAT(AllImages(*stated.train).span<uint8_t>(), ElementsAre(0, 50, 100, 128));
}

// A part in another scale than the first must not turn black without a word.
TEST_F(OpenDataTest, RefusesPixelsThatWouldBeAlmostBlackByAGuess) {
  const std::string train = folder_.Write("train.idx", IdxOf<float>({2, 1, 2}, {0, 100, 200, 255})).string();
  const std::string test = folder_.Write("test.idx", IdxOf<float>({2, 1, 2}, {0, .5F, 1, .25F})).string();
  const std::string black = folder_.Write("black.idx", IdxOf<float>({1, 1, 2}, {0, 0})).string();
  EXPECT_THAT(ErrorOf({.name = train, .test = test}, ErrorKind::kData),
              AllOf(HasSubstr("test.idx: pixels are almost black in their range"), HasSubstr("0 to 255"),
                    HasSubstr("got:      0 to 1"), HasSubstr("range = 0:1")));
  const DataSplits asked = OpenData({.name = train, .range = PixelRange{0, 255}, .test = test});
  EXPECT_THAT(AllImages(*asked.held_out).span<uint8_t>(), ElementsAre(0, 1, 1, 0)) << "as asked";
  EXPECT_EQ(OpenData({.name = train, .test = black}).held_out->size(), 1) << "black in any range";
  const std::string above = folder_.Write("above.idx", IdxOf<float>({2, 1, 2}, {0, .5F, 1.02F, 1})).string();
  EXPECT_THAT(ErrorOf({.name = above}, ErrorKind::kData), HasSubstr("range = 0:2"));
}

TEST_F(OpenDataTest, RefusesMoreClassesThanLabelsCanMean) {
  const std::string name = (folder_.path() / "a").string();
  std::vector<int32_t> labels(65'536);
  std::iota(labels.begin(), labels.end(), 7);
  WriteIdxFolder(folder_, "a", 65'536, 2);
  std::filesystem::remove(folder_.path() / "a/train-labels-idx1-ubyte");
  folder_.Write("a/t10k-labels.idx1-ubyte.gz", Gzip(IdxOf<int8_t>({2}, {7, 8})));
  folder_.Write("a/train-labels-idx1-int.gz", Gzip(IdxOf<int32_t>({65'536}, labels)));
  EXPECT_THAT(
      ErrorOf({.name = name}, ErrorKind::kData),
      AllOf(HasSubstr("too many classes"), HasSubstr("at most 65,535"), HasSubstr("got:      65,536")));
  labels.back() = 7;
  folder_.Write("a/train-labels-idx1-int.gz", Gzip(IdxOf<int32_t>({65'536}, labels)));
  EXPECT_EQ(OpenData({.name = name}).train->labels()[1], 8);
}

// As numpy, TensorFlow and Pillow write colour images.
TEST_F(OpenDataTest, ReadsChannelsLast) {
  const std::string name = folder_.Write("rgb-images", Idx({20, 5, 4, 3})).string();
  const DataSplits data = OpenData({.name = name});
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 5, 4}));
  EXPECT_THAT(data.note, AllOf(HasSubstr(name), HasSubstr("hwc"), HasSubstr("axes = chw")));
  const DataSplits overruled = OpenData({.name = name, .axes = AxisOrder::kCHW});
  EXPECT_EQ(overruled.train->image_shape(), (Shape{5, 4, 3}));
  EXPECT_EQ(overruled.note, "");
  EXPECT_NE(overruled.checksum, data.checksum);
  EXPECT_EQ(OpenData({.name = folder_.Write("cifar-images", Idx({20, 3, 5, 4})).string()}).note, "");
}

void WriteEmnist(const TemporaryDirectory& folder, const std::string& set) {
  std::filesystem::create_directories(folder.path() / "gzip");
  const std::string prefix = "gzip/emnist-" + set + "-";
  folder.Write(prefix + "train-images-idx3-ubyte.gz", Gzip(Idx({6, 4, 3})));
  folder.Write(prefix + "train-labels-idx1-ubyte.gz", Gzip(Idx({6})));
  folder.Write(prefix + "test-images-idx3-ubyte.gz", Gzip(Idx({2, 4, 3})));
  folder.Write(prefix + "test-labels-idx1-ubyte.gz", Gzip(Idx({2})));
}

TEST_F(OpenDataTest, ReadsEmnistAndTurnsItsImages) {
  WriteEmnist(folder_, "letters");
  folder_.Write("gzip/._emnist-digits-train-images-idx3-ubyte.gz", "what a Mac leaves behind");
  const std::string name = (folder_.path() / "gzip").string();
  const DataSplits data = OpenData({.name = name});
  EXPECT_EQ(data.train->size(), 6);
  EXPECT_EQ(data.held_out->size(), 2);
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 3, 4}));
  EXPECT_THAT(AllImages(*data.held_out).span<uint8_t>().first(5), ElementsAre(0, 3, 6, 9, 1));
  EXPECT_THAT(data.note, AllOf(HasSubstr("cwh"), HasSubstr("axes = chw")));
  const DataSplits unturned = OpenData({.name = name, .axes = AxisOrder::kCHW});
  EXPECT_THAT(AllImages(*unturned.held_out).span<uint8_t>().first(5), ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(OpenDataTest, ReadsOneOfSeveralSetsInAFolder) {
  WriteEmnist(folder_, "letters");
  WriteEmnist(folder_, "digits");
  const std::string folder = (folder_.path() / "gzip").string();
  EXPECT_THAT(ErrorOf({.name = folder}, ErrorKind::kData),
              AllOf(HasSubstr("emnist-digits, emnist-letters"), HasSubstr(folder + "/emnist-digits")));
  const DataSplits data = OpenData({.name = folder + "/emnist-letters"});
  EXPECT_EQ(data.train->size(), 6);
  EXPECT_EQ(data.location, folder + "/emnist-letters");
  std::filesystem::remove(folder_.path() / "gzip/emnist-letters-test-labels-idx1-ubyte.gz");
  EXPECT_THAT(ErrorOf({.name = folder + "/emnist-letters"}, ErrorKind::kData),
              HasSubstr("emnist-letters-t10k-labels-idx1-ubyte"));
  EXPECT_THAT(ErrorOf({.name = folder + "/emnist"}, ErrorKind::kData), HasSubstr("does not exist"));
  EXPECT_THAT(ErrorOf({.name = "mnist", .data_dir = folder}, ErrorKind::kData), HasSubstr("was not found"));
}

TEST_F(OpenDataTest, SaysWhatAForeignFileIs) {
  const std::pair<std::string, std::string> files[] = {{Gzip("\x93NUMPY\x01"), "gzip of a NumPy array"},
                                                       {"PK\x05\x06", "an empty zip archive"},
                                                       {"\x80\x04\x95", "a Python pickle"},
                                                       {Gzip(Gzip(Idx({4, 2, 2}))), "gzip within gzip"},
                                                       {"<!DOCTYPE html>", "an HTML page"},
                                                       {"\x89PNG\r\n\x1a\n", "a PNG image"},
                                                       {"", "an empty file"},
                                                       {Gzip("PK\x03\x04"), "gzip of a zip archive"}};
  for (const auto& [content, name] : files) {
    EXPECT_THAT(ErrorOf({.name = folder_.Write("images.gz", content).string()}, ErrorKind::kData),
                AllOf(HasSubstr("images.gz"), HasSubstr(name), HasSubstr(ReadableData())));
  }
  EXPECT_THAT(ErrorOf({.name = folder_.Write("floats", IdxOf<float>({2}, {0, 1}))}, ErrorKind::kData),
              HasSubstr("an IDX file of f32, 1 axis"));
}

TEST(FormatsTest, EachRowIsNamedInMessages) {
  for (const DataFormat& format : DataFormats()) {
    EXPECT_THAT(ReadableData(), HasSubstr(format.description));
  }
  for (const std::string& name : NamesOfSets()) EXPECT_THAT(ReadableData(), HasSubstr(name));
}

TEST(MnistTest, IsReadWhole) {
  if (std::getenv("HOURGLASS_DATA_DIR") == nullptr) {
    GTEST_SKIP() << "HOURGLASS_DATA_DIR is not set: NOTHING was tested against the real MNIST";
  }
  const DataSplits data = OpenData({.name = "mnist"});
  EXPECT_EQ(AllImages(*data.train).shape(), (Shape{60000, 1, 28, 28}));
  EXPECT_EQ(AllImages(*data.held_out).shape(), (Shape{10000, 1, 28, 28}));
  EXPECT_EQ(data.train->labels()[0], 5);
  EXPECT_EQ(data.held_out->labels()[0], 7);
  EXPECT_EQ(data.checksum, FindNamedSet("mnist")->checksum);
}

}  // namespace
}  // namespace hourglass
