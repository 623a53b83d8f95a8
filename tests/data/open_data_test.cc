// From names and paths to data sets: where is looked, in which order, and what is said when nothing is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "data/idx_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/open_data.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Idx;
using testing::ScopedVariable;
using testing::WriteIdxFolder;

// No folder but those that a test names: the cache lies in `folder`.
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
              AllOf(HasSubstr("/nonexistent/option, then /nonexistent/variable, then " +
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

TEST(MnistTest, IsReadWhole) {
  if (std::getenv("HOURGLASS_DATA_DIR") == nullptr) {
    GTEST_SKIP() << "HOURGLASS_DATA_DIR is not set: NOTHING was tested against the real MNIST";
  }
  const DataSplits data = OpenData({.name = "mnist"});
  EXPECT_EQ(AllImages(*data.train).shape(), (Shape{60000, 1, 28, 28}));
  EXPECT_EQ(AllImages(*data.held_out).shape(), (Shape{10000, 1, 28, 28}));
  EXPECT_EQ(data.train->labels()[0], 5);
  EXPECT_EQ(data.held_out->labels()[0], 7);
  EXPECT_EQ(data.checksum, "a18a02bd6aeba25860da88a1d20fcd618f172f4d6c18382fb3254fdd03155ad2");
}

}  // namespace
}  // namespace hourglass
