// Data sets that are opened by name: the table, where they are searched for, and how they are read.
#include "hourglass/data/named_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "data/idx_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/open_data.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::Gzip;
using ::testing::HasSubstr;
using testing::Idx;
using testing::IdxOf;
using ::testing::Not;
using testing::ScopedVariable;
using testing::WriteIdxFolder;

class NamedSetsTest : public ::testing::Test {
 protected:
  std::string ErrorOf(const DataOptions& options) const {
    try {
      OpenData(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error for " << options.name;
    return "";
  }
  // Four files of EMNIST's set `name`, whose labels are those given.
  void WriteEmnistSet(const std::string& folder, const std::string& name,
                      const std::vector<int32_t>& labels) const {
    std::filesystem::create_directories(folder_ / folder);
    const auto count = static_cast<uint32_t>(labels.size());
    for (const char* part : {"train", "test"}) {
      const std::string prefix = folder + "/emnist-" + name + "-" + part;
      folder_.Write(prefix + "-images-idx3-ubyte.gz", Gzip(Idx({count, 4, 3})));
      folder_.Write(prefix + "-labels-idx1-ubyte.gz", Gzip(IdxOf<int32_t>({count}, labels)));
    }
  }
  void WriteCifar(const std::string& folder, int batches, bool test) const {
    std::filesystem::create_directories(folder_ / folder);
    const std::string record = "\x07" + std::string(3072, 'p');
    for (int i = 1; i <= batches; ++i)
      folder_.Write(folder + "/data_batch_" + std::to_string(i) + ".bin", record + record);
    if (test) folder_.Write(folder + "/test_batch.bin", record);
  }

  TemporaryDirectory folder_;
  ScopedVariable data_dir_{"HOURGLASS_DATA_DIR", nullptr};
  ScopedVariable cache_{"XDG_CACHE_HOME", folder_.path().c_str()};
};

TEST_F(NamedSetsTest, EveryRowOfTheTableIsComplete) {
  std::set<std::string> names;
  for (const NamedSet& set : NamedSets()) {
    EXPECT_TRUE(names.insert(set.name).second) << set.name;
    EXPECT_EQ(FindNamedSet(set.name), &set);
    EXPECT_FALSE(set.description.empty());
    if (set.layout == SetLayout::kBuiltIn) continue;
    EXPECT_FALSE(set.folder.empty()) << set.name;
    EXPECT_GE(set.mirrors.size(), 2u) << set.name;
    EXPECT_THAT(set.mirrors, Each(::testing::EndsWith("/")));
    EXPECT_EQ(set.FileNames().size(), set.layout == SetLayout::kIdx       ? 4u
                                      : set.layout == SetLayout::kCifar10 ? 7u
                                                                          : 3u)
        << set.name;
    for (const PublishedFile& file : set.files) {
      EXPECT_EQ(file.sha256.size(), 64u) << file.name;
      EXPECT_EQ(file.sha256.find_first_not_of("0123456789abcdef"), std::string::npos) << file.name;
      EXPECT_GT(file.bytes, 5000u) << file.name;
      EXPECT_EQ(file.members.empty(), file.unpacked_bytes == 0) << file.name;
      EXPECT_TRUE(file.members.empty() || file.of == PublishedFile::Of::kFile) << file.name;
    }
  }
  EXPECT_EQ(FindNamedSet("emnist"), nullptr);
}

// EMNIST's own mapping files: digits, then capitals, then the small letters that do not look like them.
TEST_F(NamedSetsTest, ClassesOfEmnistAreItsCharacters) {
  EXPECT_EQ(FindNamedSet("emnist-balanced")->classes.size(), 47u);
  EXPECT_EQ(FindNamedSet("emnist-bymerge")->classes.back(), "t");
  EXPECT_EQ(FindNamedSet("emnist-byclass")->classes.size(), 62u);
  EXPECT_EQ(FindNamedSet("emnist-byclass")->classes[36], "a");
  EXPECT_EQ(FindNamedSet("emnist-letters")->classes.size(), 26u);
}

TEST_F(NamedSetsTest, AreSearchedForInFoldersOfTheirNames) {
  const NamedSet& fashion = *FindNamedSet("fashion-mnist");
  const std::filesystem::path cache = folder_ / "hourglass/fashion-mnist";
  EXPECT_THAT(PlacesOf(fashion, {.data_dir = "data"}), ElementsAre("data/fashion-mnist", cache));
  EXPECT_THAT(PlacesOf(fashion, {.data_dir = "data/fashion-mnist"}),
              ElementsAre("data/fashion-mnist", cache));
  EXPECT_THAT(PlacesOf(fashion, {.data_dir = "data/fashion-mnist/"}),
              ElementsAre("data/fashion-mnist/", cache));
  const ScopedVariable variable("HOURGLASS_DATA_DIR", "variable");
  EXPECT_THAT(
      PlacesOf(*FindNamedSet("emnist-letters"), {.data_dir = "data"}),
      ElementsAre("data/emnist", "data", "variable/emnist", "variable", folder_ / "hourglass/emnist"));
  EXPECT_THAT(PlacesOf(*FindNamedSet("mnist"), {}),
              ElementsAre("variable", "variable/mnist", folder_ / "hourglass/mnist"));
}

TEST_F(NamedSetsTest, NoFolderIsSearchedTwice) {
  const ScopedVariable variable("HOURGLASS_DATA_DIR", "./data/");
  EXPECT_THAT(PlacesOf(*FindNamedSet("mnist"), {.data_dir = "data"}),
              ElementsAre("data", "data/mnist", folder_ / "hourglass/mnist"));
  EXPECT_THAT(PlacesOf(*FindNamedSet("kmnist"), {.data_dir = folder_ / "hourglass"}),
              ElementsAre(folder_ / "hourglass/kmnist", "./data/kmnist"));
}

// Its files have MNIST's names.
TEST_F(NamedSetsTest, FashionMnistIsNotTakenFromAFolderOfMnist) {
  WriteIdxFolder(folder_, "data", 6, 2);
  const std::string error = ErrorOf({.name = "fashion-mnist", .data_dir = folder_ / "data"});
  EXPECT_THAT(
      error, AllOf(HasSubstr("fashion-mnist was not found"), HasSubstr(folder_ / "data/fashion-mnist, then "),
                   HasSubstr("hourglass data fetch fashion-mnist"), HasSubstr("`digits`")));
  WriteIdxFolder(folder_, "data/fashion-mnist", 5, 2);
  const DataSplits data = OpenData({.name = "fashion-mnist", .data_dir = folder_ / "data"});
  EXPECT_EQ(data.train->size(), 5);
  EXPECT_EQ(data.location, folder_ / "data/fashion-mnist");
  EXPECT_EQ(ClassName(*data.train, 9), "Ankle boot");
  EXPECT_EQ(LabelNamed(*data.held_out, "Bag"), 8);
}

TEST_F(NamedSetsTest, EmnistIsUprightAndItsClassesCountFromZero) {
  WriteEmnistSet("hourglass/emnist", "letters", {1, 26, 3});
  const DataSplits data = OpenData({.name = "emnist-letters"});
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 3, 4}));
  EXPECT_THAT(AllImages(*data.held_out).span<uint8_t>().first(5), ElementsAre(0, 3, 6, 9, 1));
  EXPECT_THAT(data.note, Not(HasSubstr("axes"))) << "not a guess";
  EXPECT_THAT(data.train->labels(), ElementsAre(0, 25, 2));
  EXPECT_EQ(ClassName(*data.train, 25), "Z");
  const DataSplits unturned = OpenData({.name = "emnist-letters", .axes = AxisOrder::kCHW});
  EXPECT_THAT(AllImages(*unturned.held_out).span<uint8_t>().first(5), ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(NamedSetsTest, LabelsOfOtherClassesAreRefused) {
  WriteEmnistSet("hourglass/emnist", "letters", {1, 27});
  EXPECT_THAT(ErrorOf({.name = "emnist-letters"}),
              AllOf(HasSubstr("labels-idx1-ubyte.gz: label 1"), HasSubstr("1 to 26"), HasSubstr("27")));
  WriteEmnistSet("hourglass/emnist", "letters", {0, 2});
  EXPECT_THAT(ErrorOf({.name = "emnist-letters"}), HasSubstr("label 0 is none"));
}

TEST_F(NamedSetsTest, CifarHasTheNamesOfItsClasses) {
  WriteCifar("hourglass/cifar10", 5, true);
  const DataSplits data = OpenData({.name = "cifar10"});
  EXPECT_EQ(data.train->size(), 10);
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_EQ(ClassName(*data.train, 7), "horse");
  EXPECT_EQ(data.note, "");
  folder_.Write("hourglass/cifar10/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\n\n");
  EXPECT_EQ(ClassName(*OpenData({.name = "cifar10"}).train, 7), "h");
  EXPECT_THAT(ErrorOf({.name = "cifar100", .data_dir = folder_ / "hourglass/cifar10"}),
              HasSubstr("cifar100 was not found"));
}

TEST_F(NamedSetsTest, CifarWithoutTestImagesSaysSo) {
  WriteCifar("mine", 4, false);
  const DataSplits data = OpenData({.name = "cifar10", .data_dir = folder_ / "mine"});
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_THAT(data.note, AllOf(HasSubstr("4 of CIFAR-10's 5"), HasSubstr("no test images")));
}

// As today for MNIST: a path is written as a path.
TEST_F(NamedSetsTest, ANameComesBeforeAPath) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  WriteIdxFolder(folder_, "kmnist", 6, 2);
  const std::string error = ErrorOf({.name = "kmnist"});
  const DataSplits data = OpenData({.name = "./kmnist"});
  std::filesystem::current_path(before);
  EXPECT_THAT(error, HasSubstr("write ./kmnist"));
  EXPECT_EQ(data.train->size(), 6);
}

}  // namespace
}  // namespace hourglass
