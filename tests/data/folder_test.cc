// Folders of pictures: what is found, in which order, and what users are told of the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "data/picture_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/data/formats/picture_listing.h"
#include "hourglass/data/open_data.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;
using ::testing::AllOf;
using testing::BmpOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::JpegOf;
using testing::MakePicture;
using ::testing::Not;
using testing::PngOf;
using ::testing::SizeIs;

constexpr PictureSize kFolderSize = {6, 5};

class FolderTest : public ::testing::Test {
 protected:
  // Writes a file, and the folders that it is in.
  void Write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
  }
  void WriteGrey(const std::string& name, int number = 0) {
    Write(name, PngOf(MakePicture(kFolderSize, 1, number)));
  }
  void WriteColour(const std::string& name) { Write(name, PngOf(MakePicture(kFolderSize, 3))); }

  DataOptions Options() const { return {.name = folder_.path().string()}; }
  DataSplits Open(const DataOptions& options) const { return OpenData(options); }
  std::string ErrorOf(const DataOptions& options, ErrorKind kind = ErrorKind::kData) const {
    try {
      OpenData(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  PictureListing Listing() const { return ListPictures(TreeOf(folder_.path()), "", ""); }
  std::vector<std::string> Listed() const {
    std::vector<std::string> names;
    const FileTree tree = TreeOf(folder_.path());
    for (const ListedPicture& picture : ListPictures(tree, "", "").pictures) names.emplace_back(picture.name);
    return names;
  }

  TemporaryDirectory folder_;
};

TEST_F(FolderTest, OfOneFolderPerClassHasLabels) {
  for (int i = 0; i < 4; ++i) {
    WriteGrey("cat/" + std::to_string(i) + ".png", i);
    WriteGrey("dog/sub/" + std::to_string(i) + ".png", 10 + i);
  }
  const DataSplits data = Open(Options());
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_EQ(data.train->size() + data.held_out->size(), 8);
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 6, 5}));
  EXPECT_THAT(data.train->class_names(), ElementsAre("cat", "dog"));
  EXPECT_EQ(ClassName(*data.train, 1), "dog");
  PixelRoom room;
  for (int64_t id = 0; id < data.train->size(); ++id) {
    const std::string name = data.train->image_name(id);
    EXPECT_EQ(data.train->labels()[static_cast<size_t>(id)], name.starts_with("cat") ? 0 : 1);
    const std::vector<int64_t> ids = {id};
    const int number = name[name.size() - 5] - '0' + (name.starts_with("dog") ? 10 : 0);
    const Picture picture = MakePicture(kFolderSize, 1, number);
    EXPECT_TRUE(
        std::equal(picture.pixels.begin(), picture.pixels.end(), data.train->Locate(ids, room).image(0)));
  }
  EXPECT_EQ(data.note, "");
}

TEST_F(FolderTest, WithoutClassesHasNoLabels) {
  for (const char* name : {"b.png", "a.png", "C.PNG"}) WriteGrey(name);
  const DataSplits data = Open(Options());
  EXPECT_TRUE(data.train->labels().empty());
  EXPECT_TRUE(data.train->class_names().empty());
  EXPECT_THAT(Listed(), ElementsAre("C.PNG", "a.png", "b.png"));
}

TEST_F(FolderTest, ClassesOfDigitsAreSortedAsNumbers) {
  for (const char* name : {"10/a.png", "2/a.png", "1/a.png"}) WriteGrey(name);
  EXPECT_THAT(Listing().classes, ElementsAre("1", "2", "10"));
  WriteGrey("x/a.png");
  EXPECT_THAT(Listing().classes, ElementsAre("1", "10", "2", "x"));
}

TEST_F(FolderTest, FoldersOfDigitsAreTheLabels) {
  for (const char* name : {"3/a.png", "7/b.png", "07/c.png"}) WriteGrey(name);
  EXPECT_FALSE(Listing().numbered) << "7 twice";
  std::filesystem::remove_all(folder_.path() / "07");
  WriteGrey("9/c.png");
  const DataSplits data = Open(Options());
  EXPECT_TRUE(data.train->class_names().empty());
  EXPECT_EQ(data.train->labels()[0] + data.train->labels()[1] + data.held_out->labels()[0], 3 + 7 + 9);
}

TEST_F(FolderTest, AnEmptyClassIsAClass) {
  WriteGrey("a/1.png");
  WriteGrey("c/1.png");
  fs::create_directories(folder_.path() / "b");
  EXPECT_THAT(Listing().classes, ElementsAre("a", "b", "c"));
  EXPECT_EQ(Listing().pictures[1].label, 2);
}

TEST_F(FolderTest, TrainAndTestAreTwoParts) {
  for (const char* name : {"train/x/1.png", "train/y/1.png", "test/y/2.png", "test/z/3.png"}) WriteGrey(name);
  const DataSplits data = Open(Options());
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_EQ(data.train->size(), 2);
  EXPECT_EQ(data.held_out->size(), 2);
  EXPECT_THAT(data.held_out->class_names(), ElementsAre("x", "y", "z"));
  EXPECT_THAT(data.held_out->labels(), ElementsAre(1, 2)) << "the numbers of the training classes";
  DataOptions options = Options();
  options.val_share = 0.5;
  EXPECT_EQ(Open(options).train->size(), 1) << "of the two training images";
}

TEST_F(FolderTest, PartsMayLieApart) {
  for (const char* name : {"a/x/1.png", "a/y/1.png", "b/y/2.png", "c/7/3.png"}) WriteGrey(name);
  WriteColour("b/z/3.png");
  const std::string a = folder_ / "a";
  DataSplits data = Open({.name = a, .test = folder_ / "b"});
  EXPECT_THAT(data.held_out->class_names(), ElementsAre("x", "y", "z"));
  EXPECT_THAT(data.held_out->labels(), ElementsAre(1, 2));
  EXPECT_EQ(data.report->found, 4);
  EXPECT_THAT(data.note, HasSubstr("1 picture of colour read as grey"));
  data = Open({.name = a, .val = folder_ / "c"});
  EXPECT_EQ(data.held_out_name, "val");
  EXPECT_THAT(data.train->class_names(), ElementsAre("x", "y", "7")) << "one part has names";
  EXPECT_THAT(data.held_out->labels(), ElementsAre(2));
}

TEST_F(FolderTest, ValidationImagesAreHeldOutToo) {
  for (const char* name : {"train/1.png", "train/2.png", "val/3.png"}) WriteGrey(name);
  EXPECT_EQ(Open(Options()).held_out_name, "val");
  EXPECT_EQ(Open(Options()).held_out->image_name(0), "3.png");
}

TEST_F(FolderTest, FoldersBesideThePartsAreNamed) {
  for (const char* name : {"Train/1.png", "Train/2.png", "Test/3.png", "validation/4.png", "extra/5.png"})
    WriteGrey(name);
  const DataSplits data = Open(Options());
  EXPECT_EQ(data.held_out_name, "test");
  EXPECT_THAT(data.report->unused, ElementsAre("extra", "validation"));
  EXPECT_THAT(data.note, HasSubstr("not used: extra, validation"));
}

TEST_F(FolderTest, TrainAloneIsNoClass) {
  for (const char* name : {"train/a/1.png", "train/b/2.png"}) WriteGrey(name);
  EXPECT_THAT(Open(Options()).train->class_names(), ElementsAre("a", "b"));
  WriteGrey("other/3.png");
  EXPECT_THAT(Open(Options()).train->class_names(), ElementsAre("other", "train"))
      << "two classes, by their names";
}

TEST_F(FolderTest, PipesAndBrokenLinksDoNotStopIt) {
  for (const char* name : {"a.png", "b.png"}) WriteGrey(name);
  ASSERT_EQ(::mkfifo((folder_ / "pipe.png").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(Open(Options()).report->found, 2);
  std::filesystem::create_symlink("nowhere", folder_.path() / "link.png");
  EXPECT_THAT(ErrorOf(Options()), HasSubstr("link.png"));
}

TEST_F(FolderTest, WhatSystemsLeaveBehindIsSkipped) {
  for (const char* name : {".DS_Store", "Thumbs.db", "desktop.ini", "._a.png", "__MACOSX/a.png",
                           ".ipynb_checkpoints/a.png", "a.png", "b.png"}) {
    WriteGrey(name);
  }
  EXPECT_THAT(Listed(), SizeIs(2));
  EXPECT_EQ(TreeOf(folder_.path()).hidden, 6);
}

TEST_F(FolderTest, OtherFilesAreCounted) {
  WriteGrey("a.png");
  WriteGrey("b.unknown");
  Write("notes.txt", "text");
  Write("more.TXT", "text");
  Write("labels", "1,2");
  EXPECT_THAT(Listed(), ElementsAre("a.png", "b.unknown")) << "by its content";
  EXPECT_THAT(Open(Options()).note,
              HasSubstr("1 file without an extension not read; 2 files of kind .txt not read"));
}

TEST_F(FolderTest, ContentDecidesNotTheExtension) {
  Write("a.png", JpegOf(MakePicture(kFolderSize, 1)));
  Write("b.jpg", BmpOf(MakePicture(kFolderSize, 1)));
  const DataSplits data = Open(Options());
  EXPECT_EQ(data.report->counts.formats.at("JPEG"), 1);
  EXPECT_EQ(data.report->counts.formats.at("BMP"), 1);
}

TEST_F(FolderTest, FollowsLinksButNotInCircles) {
  WriteGrey("real/a/1.png");
  fs::create_directories(folder_.path() / "linked");
  fs::create_directory_symlink(folder_.path() / "real" / "a", folder_.path() / "linked" / "a");
  fs::create_directory_symlink(folder_.path() / "linked", folder_.path() / "linked" / "a" / "back");
  EXPECT_THAT(Listed(), ElementsAre("linked/a/1.png", "real/a/1.png"));
}

TEST_F(FolderTest, PicturesBesideFoldersOfPicturesAreRefused) {
  WriteGrey("a/1.png");
  WriteGrey("2.png");
  EXPECT_THAT(ErrorOf(Options()),
              AllOf(HasSubstr("pictures beside folders"),
                    HasSubstr("1 picture beside folders, such as 2.png, and 1 in folders, such as a/"),
                    HasSubstr("or give one folder as the data, such as a/")));
}

// WebDataset: the files of a sample have a name in common, up to its first dot.
TEST_F(FolderTest, ClassesStandInFilesBesideThePictures) {
  for (const char* name : {"0001.v2.png", "0002.png", "sub/0003.png"}) WriteGrey(name);
  Write("0001.cls", "12\n");
  Write("0002.cls", "7");
  Write("0002.json", "{}");
  Write("sub/0003.cls", " 7 ");
  const PictureListing listing = Listing();
  EXPECT_THAT(listing.classes, ElementsAre("7", "12"));
  EXPECT_TRUE(listing.numbered);
  EXPECT_EQ(listing.pictures[0].label, 1);
  EXPECT_EQ(listing.pictures[1].label, 0);
  EXPECT_EQ(listing.pictures[2].label, 0);
  EXPECT_THAT(listing.others, ElementsAre(::testing::Pair(".json", 1)));
  WriteGrey("0001.mask.png");
  EXPECT_THAT(ErrorOf(Options()), HasSubstr("0001.mask.png and 0001.v2.png"));
  fs::remove(folder_.path() / "0001.mask.png");
  fs::remove(folder_.path() / "0002.cls");
  EXPECT_THAT(ErrorOf(Options()),
              AllOf(HasSubstr("0002.png has no class"), HasSubstr("a text file 0002.cls")));
}

TEST_F(FolderTest, StrangeNamesAreKept) {
  const std::string name = "\xC3\xA4 \xFF\n.png";
  WriteGrey(name);
  WriteGrey("b.png");
  EXPECT_THAT(Listed(), ElementsAre("b.png", name));
}

TEST_F(FolderTest, MixedSizesAreRefusedOrBroughtToOne) {
  for (const char* name : {"1.png", "2.png"}) WriteGrey(name);
  Write("3.png", PngOf(MakePicture({8, 8}, 1)));
  EXPECT_THAT(ErrorOf(Options()), AllOf(HasSubstr("2 different sizes"), HasSubstr("2 of 6x5, 1 of 8x8"),
                                        HasSubstr("size = 64x64")));
  DataOptions options = Options();
  options.form.size = PictureSize{4, 4};
  const DataSplits data = Open(options);
  EXPECT_EQ(data.train->image_shape(), (Shape{1, 4, 4}));
  EXPECT_EQ(data.form->channels, ColourChannels::kGrey);
}

TEST_F(FolderTest, PartsOfDifferentSizesAreRefused) {
  for (const char* name : {"train/1.png", "train/2.png"}) WriteGrey(name);
  Write("test/3.png", PngOf(MakePicture({8, 8}, 1)));
  EXPECT_THAT(ErrorOf(Options()), HasSubstr("differ in shape"));
}

TEST_F(FolderTest, MostPicturesDecideOnColour) {
  WriteGrey("1.png");
  WriteGrey("2.png");
  WriteColour("3.png");
  EXPECT_EQ(Open(Options()).train->image_shape()[0], 1);
  EXPECT_THAT(Open(Options()).note, HasSubstr("1 picture of colour read as grey"));
  WriteColour("4.png");
  EXPECT_EQ(Open(Options()).train->image_shape()[0], 3);
  DataOptions options = Options();
  options.form.channels = ColourChannels::kGrey;
  EXPECT_EQ(Open(options).train->image_shape()[0], 1);
  EXPECT_THAT(Open(options).note, Not(HasSubstr("grey"))) << "it was asked for";
}

TEST_F(FolderTest, DamagedPicturesAreNamedOrLeftOut) {
  for (const char* name : {"1.png", "2.png", "3.png"}) WriteGrey(name);
  Write("bad.png", PngOf(MakePicture(kFolderSize, 1)).substr(0, 60));
  Write("none.jpg", "");
  EXPECT_THAT(ErrorOf(Options()),
              AllOf(HasSubstr("2 of 5 pictures cannot be read"), HasSubstr("bad.png is truncated"),
                    HasSubstr("none.jpg"), HasSubstr("skip_bad")));
  DataOptions options = Options();
  options.skip_bad = true;
  const DataSplits data = Open(options);
  EXPECT_EQ(data.train->size() + data.held_out->size(), 3);
  ASSERT_THAT(data.report->left_out, SizeIs(2));
  EXPECT_THAT(data.report->left_out[0].name, HasSubstr("bad.png"));
  EXPECT_THAT(data.note, HasSubstr("2 of 5 pictures left out"));
}

TEST_F(FolderTest, WithoutAnyReadablePictureThereIsNothingToSkip) {
  Write("bad.png", "");
  DataOptions options = Options();
  options.skip_bad = true;
  EXPECT_THAT(ErrorOf(options),
              AllOf(HasSubstr("1 of 1 pictures cannot be read"), Not(HasSubstr("skip_bad"))));
}

TEST_F(FolderTest, OnePictureCannotBeSplit) {
  WriteGrey("1.png");
  EXPECT_THAT(ErrorOf(Options()), HasSubstr("at least 2 images"));
}

TEST_F(FolderTest, AFolderWithoutPicturesIsNamed) {
  Write("notes.txt", "text");
  EXPECT_THAT(ErrorOf(Options()), HasSubstr("holds no data in a known format"));
}

TEST_F(FolderTest, CallsProgressUpToTheEnd) {
  for (int i = 0; i < 70; ++i) WriteGrey(std::to_string(i) + ".png");
  std::vector<int64_t> calls;
  DataOptions options = Options();
  options.progress = [&](int64_t done, int64_t all) {
    EXPECT_EQ(all, 70);
    calls.push_back(done);
  };
  Open(options);
  EXPECT_THAT(calls, ::testing::UnorderedElementsAre(64, 70));
}

// Arrays can be brought into another form too.
TEST(ConformedData, OfTheDigits) {
  const DataSplits data =
      OpenData({.name = "digits", .form = {.size = PictureSize{14, 14}, .channels = ColourChannels::kRgb}});
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 14, 14}));
  EXPECT_EQ(data.held_out->labels().size(), OpenData({.name = "digits"}).held_out->labels().size());
  EXPECT_EQ(data.form->size, (PictureSize{14, 14}));
  EXPECT_THAT(data.note, HasSubstr("brought to [3, 14, 14]"));
  const DataSplits left =
      OpenData({.name = "digits", .form = {.size = PictureSize{14, 14}}, .only_pictures = true});
  EXPECT_EQ(left.train->image_shape(), (Shape{1, 28, 28}));
}

}  // namespace
}  // namespace hourglass
