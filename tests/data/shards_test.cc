// Data sets of several files: which files they are, and that they are the same data as one set.
#include "hourglass/data/shards.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "data/array_writer.h"
#include "data/picture_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/packed.h"
#include "hourglass/data/shard_names.h"
#include "support/temporary_directory.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using testing::ArchiveKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakePicture;
using testing::MemberToWrite;
using ::testing::Not;
using ::testing::SizeIs;

std::string PictureNumber(int number, const PictureSize& size = {6, 5}) {
  return testing::PngOf(MakePicture(size, 1, number));
}

class ShardsTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void WriteTar(const std::string& name, const std::vector<MemberToWrite>& members) const {
    folder_.Write(name, testing::ArchiveOf(ArchiveKind::kTar, members));
  }
  // An npy file of `count` images whose pixels are all `level`.
  void WriteLevel(const std::string& name, uint8_t level, int64_t count = 1, int64_t width = 3) const {
    Tensor images({count, 2, width}, DType::kU8);
    std::ranges::fill(images.span<uint8_t>(), level);
    folder_.Write(name, testing::Npy(images));
  }
  std::vector<int> LevelsOf(const std::string& pattern) const {
    std::vector<int> levels;
    ForEachImage(*OpenParts({.name = Path(pattern)}).train,
                 [&](std::span<const uint8_t> image) { levels.push_back(image[0]); });
    return levels;
  }
  static std::string ErrorWith(const DataOptions& options) {
    try {
      OpenParts(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error for " << options.name;
    return "";
  }
  std::string ErrorOf(const std::string& pattern) const { return ErrorWith({.name = Path(pattern)}); }

  test::TemporaryDirectory folder_;
};

// WebDataset's shards: each has some of the classes, in another order.
TEST_F(ShardsTest, AreTheSameDataAsOneSet) {
  const char* classes[] = {"dog", "cat", "ant", "dog", "cat", "bee", "dog"};
  std::vector<MemberToWrite> all;
  std::vector<std::vector<MemberToWrite>> shards(3);
  for (int i = 0; i < 7; ++i) {
    for (auto* members : {&all, &shards[static_cast<size_t>(i / 3)]}) {
      members->push_back({fmt::format("{:03}.png", i), PictureNumber(i)});
      members->push_back({fmt::format("{:03}.cls", i), classes[i]});
    }
  }
  WriteTar("whole.tar", all);
  for (size_t i = 0; i < shards.size(); ++i) WriteTar(fmt::format("part-{}.tar", 9 + i), shards[i]);
  const DataOptions options = {.name = Path("part-*.tar"), .split_seed = 3};
  const DataSplits whole = OpenData({.name = Path("whole.tar"), .split_seed = 3}), data = OpenData(options);
  EXPECT_EQ(data.checksum, whole.checksum);
  EXPECT_EQ(data.name, options.name);
  EXPECT_THAT(data.train->class_names(), ElementsAre("ant", "bee", "cat", "dog"));
  EXPECT_EQ(data.report->found, 7);
  const OpenedData parts = OpenParts(options);
  EXPECT_EQ(parts.train->image_name(2), "part-9.tar: 002.png");
  EXPECT_EQ(parts.train->image_name(3), "part-10.tar: 003.png");
  EXPECT_EQ(parts.form->size, (PictureSize{6, 5}));

  WritePackedData(Path("set-1.hgd"), OpenParts({.name = Path("part-9.tar")}));
  WritePackedData(Path("set-2.hgd"), OpenParts({.name = Path("part-1[01].tar")}));
  EXPECT_EQ(OpenData({.name = Path("set-*.hgd"), .split_seed = 3}).checksum, whole.checksum);
  const DataOptions small = {.name = Path("set-*.hgd"), .form = {.size = PictureSize{3, 3}}};
  EXPECT_EQ(OpenParts(small).train->image_shape(), (Shape{1, 3, 3}));
  EXPECT_EQ(OpenParts(small).report->found, 7);
}

TEST_F(ShardsTest, KeepTheirParts) {
  const auto shard = [](int first) {
    return std::vector<MemberToWrite>{{"train/a/1.png", PictureNumber(first)},
                                      {"train/b/2.png", PictureNumber(first + 1)},
                                      {"test/b/3.png", PictureNumber(first + 2)},
                                      {"more/4.png", PictureNumber(first)}};
  };
  WriteTar("part-0.tar", shard(0));
  WriteTar("part-1.tar", shard(3));
  const DataSplits data = OpenData({.name = Path("part-*.tar")});
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_EQ(data.note, "not used: more");
  EXPECT_THAT(data.train->labels(), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(data.held_out->labels(), ElementsAre(1, 1));
  EXPECT_EQ(data.held_out->image_name(1), "part-1.tar: b/3.png");
  EXPECT_EQ(OpenData({.name = Path("part-1.tar"), .test = Path("part-*.tar")}).held_out->size(), 2);

  WriteTar("part-2.tar", {{"train/a/1.png", PictureNumber(8)}});
  EXPECT_THAT(ErrorOf("part-*.tar"),
              AllOf(HasSubstr("part-0.tar and"), HasSubstr("part-2.tar differ in parts"),
                    HasSubstr("only training images")));
}

TEST_F(ShardsTest, AreInTheOrderOfTheirNumbers) {
  for (const int number : {9, 10, 8, 11})
    WriteLevel(fmt::format("part-{}.npy", number), static_cast<uint8_t>(number));
  EXPECT_THAT(LevelsOf("part-*.npy"), ElementsAre(8, 9, 10, 11));
  EXPECT_THAT(LevelsOf("part-{11..8}.npy"), ElementsAre(8, 9, 10, 11));
  EXPECT_THAT(LevelsOf("part-{9,11}.npy"), ElementsAre(9, 11));
  EXPECT_THAT(LevelsOf("part-{8..9,11}.npy"), ElementsAre(8, 9, 11));
  EXPECT_THAT(LevelsOf("part-{?,11}.npy"), ElementsAre(8, 9, 11));
  EXPECT_THAT(LevelsOf("p*-{8,9,1?}.npy"), ElementsAre(8, 9, 10, 11)) << "each once";
  for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{{"a2", "a10"},
                                                                             {"a2b10", "a2b11"},
                                                                             {"a", "a1"},
                                                                             {"a1", "b0"},
                                                                             {"01", "1"},
                                                                             {"a007", "a8"},
                                                                             {"", "a"}}) {
    EXPECT_TRUE(NamesBefore(a, b)) << a << " " << b;
    EXPECT_FALSE(NamesBefore(b, a)) << a << " " << b;
    EXPECT_FALSE(NamesBefore(a, a));
  }
}

TEST_F(ShardsTest, ThatAreMissingAreNamedBeforeAnyIsRead) {
  for (const int number : {7, 8, 11}) folder_.Write(fmt::format("part-{:03}.tar", number), "damaged");
  EXPECT_THAT(
      ErrorOf("part-*.tar"),
      AllOf(HasSubstr("2 shards of"), HasSubstr("part-009.tar, part-010.tar"), HasSubstr("only 3 shards"),
            HasSubstr("data = " + Path("part-{007..008,011}.tar")), Not(HasSubstr("known data format"))));
  EXPECT_THAT(ErrorOf("part-{006..8}.tar"), AllOf(HasSubstr("1 shard of"), HasSubstr("part-006.tar")));
  EXPECT_THAT(ErrorOf("part-{000..999}.tar"), HasSubstr("part-004.tar and 992 others"));
  // Nobody asks for those between.
  EXPECT_THAT(ErrorOf("part-00[78].tar"), HasSubstr("2 of 2 shards"));
  EXPECT_THAT(ErrorOf("part-0[01][18].tar"), HasSubstr("2 of 2 shards"));
  EXPECT_THAT(ErrorOf("part-{008,011}.tar"), HasSubstr("2 of 2 shards"));
}

TEST(ShardNames, AreOnePatternIfTheyDifferInOneNumber) {
  EXPECT_EQ(InBraces({"a8b", "a9b", "a10b", "a12b"}), "a{8..10,12}b");
  EXPECT_EQ(InBraces({"a098", "a099", "a100"}), "a{098..100}");
  EXPECT_EQ(InBraces({"a01", "a2"}), "");
  EXPECT_EQ(InBraces({"a1b1", "a2b2"}), "");
  EXPECT_EQ(InBraces({"ab", "ac"}), "");
}

TEST_F(ShardsTest, WithNumbersThatAreNoCountAreAllThere) {
  WriteLevel("run-3.npy", 3);
  WriteLevel("run-170025.npy", 17);
  EXPECT_THAT(LevelsOf("run-*.npy"), ElementsAre(3, 17));
  WriteLevel("a-1-of-9.npy", 3);
  WriteLevel("a-4-of-5.npy", 4);
  EXPECT_THAT(LevelsOf("a-*.npy"), ElementsAre(3, 4)) << "two numbers differ";
}

TEST_F(ShardsTest, ThatAreDamagedAreAllNamed) {
  for (int i = 0; i < 6; ++i) WriteLevel(fmt::format("part-{}.npy", i), 1);
  const std::string whole = ReadFile(folder_ / "part-0.npy");
  folder_.Write("part-2.npy", whole.substr(0, whole.size() - 2));
  EXPECT_THAT(ErrorOf("part-*.npy"), AllOf(HasSubstr("1 of 6 shards of"), HasSubstr("part-2.npy")));
  folder_.Write("part-0.npy", "");
  EXPECT_THAT(ErrorOf("part-*.npy"),
              AllOf(HasSubstr("2 of 6 shards of"), HasSubstr("part-0.npy is not"), HasSubstr("part-2.npy")));
  for (const int i : {3, 4}) folder_.Write(fmt::format("part-{}.npy", i), "nothing");
  EXPECT_THAT(ErrorOf("part-*.npy"),
              AllOf(HasSubstr("4 of 6 shards of"), HasSubstr("; and 1 more"), Not(HasSubstr("part-4.npy"))));
}

TEST_F(ShardsTest, MustFitTogether) {
  WriteLevel("size-0.npy", 1);
  WriteLevel("size-1.npy", 1, 1, 5);
  EXPECT_THAT(ErrorOf("size-*.npy"),
              AllOf(HasSubstr("size-0.npy and"), HasSubstr("size-1.npy differ"),
                    HasSubstr("[1, 2, 3], as in"), HasSubstr("[1, 2, 5]"), HasSubstr("size = 2x3")));
  const DataOptions resized = {.name = Path("size-*.npy"), .form = {.size = PictureSize{2, 2}}};
  EXPECT_EQ(OpenParts(resized).train->image_shape(), (Shape{1, 2, 2}));

  WriteLevel("label-0.npy", 2);
  WriteLevel("label-1.npy", 2);
  folder_.Write("label-0_labels.npy", testing::Npy(Tensor(Shape{1}, DType::kU8)));
  EXPECT_THAT(ErrorOf("label-*.npy"),
              AllOf(HasSubstr("label-0.npy and"), HasSubstr("label-1.npy differ in having labels")));

  WriteTar("set-1.tar", {{"1.png", PictureNumber(1)}});
  WriteLevel("set-0.npy", 1);
  EXPECT_THAT(ErrorOf("set-*"), AllOf(HasSubstr("set-0.npy and"), HasSubstr("set-1.tar differ in format"),
                                      HasSubstr("an npy file"), HasSubstr("a tar or zip archive")));
}

TEST_F(ShardsTest, AreNotTheirFilesOfLabels) {
  for (int i = 0; i < 3; ++i) {
    WriteLevel(fmt::format("part-{}.npy", i), static_cast<uint8_t>(2 + i));
    Tensor label(Shape{1}, DType::kU8);
    label.data<uint8_t>()[0] = static_cast<uint8_t>(i);
    folder_.Write(fmt::format("part-{}_labels.npy", i), testing::Npy(label));
  }
  const OpenedData data = OpenParts({.name = Path("part-*")});
  EXPECT_EQ(data.train->size(), 3);
  EXPECT_THAT(data.train->labels(), ElementsAre(0, 1, 2));
  std::filesystem::remove(folder_ / "part-1.npy");
  std::filesystem::remove(folder_ / "part-1_labels.npy");
  EXPECT_THAT(ErrorOf("part-*"), HasSubstr("part-1.npy"));
}

TEST_F(ShardsTest, HaveOneRange) {
  const auto write = [&](const char* name, float low, float high) {
    Tensor images({2, 2, 2});
    std::ranges::fill(images.span<float>(), low);
    images.data<float>()[0] = high;
    folder_.Write(name, testing::Npy(images));
  };
  write("a-0.npy", 0, 255);
  write("a-1.npy", 0, 102);
  write("b-0.npy", 0, 1);
  write("b-1.npy", 0, 0.5);
  EXPECT_EQ(AllImages(*OpenParts({.name = Path("a-*.npy")}).train).data<uint8_t>()[8], 102);
  const OpenedData data = OpenParts({.name = Path("b-*.npy")});
  EXPECT_EQ(AllImages(*data.train).data<uint8_t>()[8], 128);
  EXPECT_THAT(data.note, HasSubstr("pixels of " + Path("b-*.npy") + " read as 0 (black) to 1 (white)"));
  EXPECT_EQ(data.range, (PixelRange{0, 1}));
  write("a-1.npy", 0, 1);  // a guess of its own would be another one
  EXPECT_THAT(ErrorOf("a-*.npy"), AllOf(HasSubstr("a-1.npy"), HasSubstr("almost black")));
  WriteLevel("d-0.npy", 9);
  WriteLevel("d-1.npy", 1);  // alone, truth values
  EXPECT_THAT(ErrorOf("d-*.npy"),
              AllOf(HasSubstr("d-1.npy differ in the range of"), HasSubstr("range = 0:255")));
  EXPECT_EQ(OpenParts({.name = Path("d-*.npy"), .range = PixelRange{0, 255}}).train->size(), 2);
  write("c-0.npy", 0, 1);
  write("c-1.npy", 0, 1);
  EXPECT_EQ(OpenParts({.name = Path("c-*.npy")}).note,
            fmt::format("pixels of {} read as 0 (black) to 1 (white)", Path("c-*.npy")))
      << "said once";
}

// The first shard decides whether pictures are grey, as the training images do for test images.
TEST_F(ShardsTest, HaveOneFormOfPictures) {
  WriteTar("part-0.tar", {{"0.png", PictureNumber(0)}});
  WriteTar("part-1.tar", {{"1.png", testing::PngOf(MakePicture({6, 5}, 3, 1))}, {"notes.txt", "n"}});
  const OpenedData data = OpenParts({.name = Path("part-*.tar")});
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 6, 5}));
  EXPECT_THAT(data.note,
              AllOf(HasSubstr("1 picture of colour read as grey"), HasSubstr("1 file of kind .txt")));
  WriteTar("part-2.tar", {{"2.png", PictureNumber(0, {8, 8})}, {"3.png", "\x89PNG\r\n\x1a\n"}});
  EXPECT_THAT(ErrorOf("part-*.tar"), HasSubstr("1 of 3 shards"));
  const OpenedData looked = OpenParts({.name = Path("part-*.tar"), .inspect = true});
  EXPECT_EQ(looked.train->size(), 3);
  EXPECT_THAT(looked.report->left_out, SizeIs(1));
  EXPECT_EQ(looked.report->counts.sizes.size(), 2U);
}

TEST_F(ShardsTest, MayBeOneOrFolders) {
  WriteLevel("only-5.npy", 5, 3);
  const OpenedData only = OpenParts({.name = Path("only-*.npy")});
  EXPECT_EQ(only.location, Path("only-5.npy"));
  EXPECT_EQ(ChecksumOf(*only.train), ChecksumOf(*OpenParts({.name = Path("only-5.npy")}).train));

  for (int i = 0; i < 2; ++i) {
    const std::string folder = fmt::format("set-{}/class {}", i, i);
    std::filesystem::create_directories(folder_ / folder);
    folder_.Write(folder + "/p.png", PictureNumber(i));
  }
  const OpenedData folders = OpenParts({.name = Path("set-*")});
  EXPECT_THAT(folders.train->class_names(), ElementsAre("class 0", "class 1"));
  EXPECT_THAT(folders.train->labels(), ElementsAre(0, 1));
  EXPECT_EQ(folders.train->image_name(1), "set-1/class 1/p.png");
  WriteLevel("set-2", 1);
  EXPECT_THAT(ErrorOf("set-*"),
              AllOf(HasSubstr("set-2 differ in format"), HasSubstr("a folder of pictures")));
}

// What exists is no pattern, and neither is the folder that exists.
TEST_F(ShardsTest, MayHaveOddNames) {
  const std::string folder = "a [set] {0..3} *?\\";
  std::filesystem::create_directories(folder_ / folder);
  for (const char* name : {"part [1] of 2.npy", "part [2] of 2.npy", "{1,2}.npy", ".part [3] of 2.npy"})
    WriteLevel(folder + "/" + name, static_cast<uint8_t>(name[6] - '0' + 3));
  EXPECT_EQ(OpenParts({.name = Path(folder + "/part [1] of 2.npy")}).train->size(), 1);
  EXPECT_EQ(OpenParts({.name = Path(folder + "/{1,2}.npy")}).location, Path(folder + "/{1,2}.npy"));
  EXPECT_THAT(LevelsOf(folder + "/part*.npy"), ElementsAre(4, 5));
  EXPECT_THAT(LevelsOf(folder + "/*part*.npy"), ElementsAre(4, 5)) << "hidden files are none";
  EXPECT_THAT(LevelsOf(folder + "/part \\[{1..2}] of 2.npy"), ElementsAre(4, 5));
  EXPECT_THAT(ErrorOf(folder + "/part [1] of ?.npy"), AllOf(HasSubstr("nothing matches"), HasSubstr("\\[")));
  EXPECT_THAT(LevelsOf("a*/part*"), ElementsAre(4, 5));
  std::filesystem::remove(folder_ / (folder + "/{1,2}.npy"));
  folder_.Write(folder + "/Thumbs.db", "of Windows");
  EXPECT_THAT(LevelsOf(folder + "/*"), ElementsAre(4, 5));
  WriteLevel("mnist", 7);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  const int64_t images = OpenParts({.name = "mn?st"}).train->size();
  std::filesystem::current_path(before);
  EXPECT_EQ(images, 1) << "a file that is called like a set";
}

TEST_F(ShardsTest, ThatDoNotExistAreAClearError) {
  EXPECT_THAT(ErrorOf("part-*.tar"), AllOf(HasSubstr("nothing matches " + Path("part-*.tar")),
                                           HasSubstr("no part-*.tar in " + folder_.path().string())));
  EXPECT_THAT(ErrorOf("absent/part-{0..3}.tar"), HasSubstr("no absent/part-0.tar in"));
  EXPECT_THAT(ErrorWith({.name = "nothing-*-here.tar"}),
              HasSubstr("in " + std::filesystem::current_path().string()));
  test::ExpectUsageErrors({{"too many files", [&] { OpenParts({.name = Path("a-{0..999999999}.tar")}); }},
                           {"too many files", [&] { OpenParts({.name = Path("{0..999}{0..999}.tar")}); }}});
  for (const char* name :
       {"plain", "a{b}c", "a{1..}", "a{..2}", "{a..c}", "a[b", "a]b", "a\\*", "{1..9999999999}"})
    EXPECT_FALSE(IsPattern(name)) << name;
  for (const char* name : {"*", "?", "[a]", "{1..2}", "{{1..2}}", "{a,b}", "\\**"})
    EXPECT_TRUE(IsPattern(name)) << name;
}

TEST_F(ShardsTest, AreFoundWhereTheyHaveMoved) {
  std::filesystem::create_directories(folder_ / "new");
  for (int i = 0; i < 2; ++i) WriteLevel(fmt::format("new/part-{}.npy", i), static_cast<uint8_t>(5 + i));
  for (const char* pattern : {"old/part-*.npy", "old/part-{0..1}.npy"}) {
    const DataSplits data = OpenData({.name = Path(pattern), .data_dir = folder_ / "new"});
    EXPECT_EQ(data.name, Path("new/" + std::string(pattern + 4)));
    EXPECT_EQ(data.train->size() + data.held_out->size(), 2);
  }
}

}  // namespace
}  // namespace hourglass
