// Packed data: what is read back, and what is refused.
#include "hourglass/data/formats/packed_writer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "data/picture_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "hourglass/core/safetensors.h"
#include "hourglass/data/open_data.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakePicture;
using testing::PngOf;

class PackedTest : public ::testing::Test {
 protected:
  TemporaryDirectory folder_;

  // Packs four pictures of two classes.
  std::string PackPictures() {
    int seed = 0;
    for (const char* name : {"set/cat/a.png", "set/cat/b.png", "set/dog/c.png", "set/dog/d.png"}) {
      std::filesystem::create_directories((folder_ / name).parent_path());
      folder_.Write(name, PngOf(MakePicture({6, 5}, 3, ++seed)));
    }
    return Pack({.name = folder_ / "set"});
  }
  std::string Pack(const DataOptions& options) {
    const std::string path = folder_ / "set.hgd";
    WritePackedData(path, OpenParts(options));
    return path;
  }
  std::string ErrorOf(const std::string& path) {
    try {
      OpenData({.name = path});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "no error";
  }
};

void ExpectEqual(const Dataset& a, const Dataset& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_TRUE(std::ranges::equal(AllImages(a).span<uint8_t>(), AllImages(b).span<uint8_t>()));
  EXPECT_TRUE(std::ranges::equal(a.labels(), b.labels()));
  EXPECT_TRUE(std::ranges::equal(a.class_names(), b.class_names()));
  for (int64_t id = 0; id < a.size(); ++id) EXPECT_EQ(a.image_name(id), b.image_name(id));
}

TEST_F(PackedTest, IsTheSameDataAsBefore) {
  const std::string path = PackPictures();
  const DataSplits before = OpenData({.name = folder_ / "set"}), after = OpenData({.name = path});
  ExpectEqual(*before.train, *after.train);
  ExpectEqual(*before.held_out, *after.held_out);
  EXPECT_EQ(before.checksum, after.checksum);
  ASSERT_TRUE(after.form.has_value());
  EXPECT_EQ(after.form->size, before.form->size);
  EXPECT_EQ(after.form->channels, ColourChannels::kRgb);
  after.train->Expect(std::vector<int64_t>{1, 0});
  EXPECT_EQ(OpenData({.name = path, .form = {.size = PictureSize{3, 3}}}).train->image_shape(),
            (Shape{3, 3, 3}));
}

TEST_F(PackedTest, KeepsNamesThatAreNotUtf8) {
  for (const char* name : {"set/\xE9t\xE9/\xE9.png", "set/hiver/b.png"}) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    folder_.Write(name, PngOf(MakePicture({6, 5}, 3, 1)));
  }
  const OpenedData packed = OpenParts({.name = Pack({.name = folder_ / "set"})});
  EXPECT_THAT(packed.train->class_names(), ElementsAre("hiver", "\xE9t\xE9"));
  EXPECT_EQ(packed.train->image_name(1), "\xE9t\xE9/\xE9.png");
}

// Pictures are decoded into the file, in any form and with some left out; that is the same file as one which
// is written of images in memory.
TEST_F(PackedTest, IsTheSameFileHoweverItWasWritten) {
  PackPictures();
  for (const char* name : {"set/cat/0.png", "set/dog/cc.png"}) folder_.Write(name, "no picture");
  for (const char* name : {"test/cat/a.png", "test/dog/b.png"}) {
    std::filesystem::create_directories((folder_ / "both" / name).parent_path());
    folder_.Write(std::string("both/") + name, PngOf(MakePicture({6, 5}, 3, 9)));
  }
  std::filesystem::rename(folder_ / "set", folder_ / "both/train");
  for (const PictureForm& form : {PictureForm{}, PictureForm{.size = PictureSize{3, 4}}}) {
    DataOptions options{.name = folder_ / "both", .form = form, .skip_bad = true};
    const std::string whole = ReadFile(Pack(options));
    const std::string path = folder_ / "in_place.hgd";
    PackedWriter writer(path);
    options.rooms = &writer;
    writer.Finish(OpenParts(options));
    EXPECT_TRUE(ReadFile(path) == whole);
    const OpenedData opened = OpenParts({.name = path});
    ASSERT_TRUE(opened.report.has_value());
    EXPECT_EQ(
        opened.report->left_out,
        OpenParts(options = {.name = folder_ / "both", .form = form, .skip_bad = true}).report->left_out);
    EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  }
}

// The name of the file that lies in memory there; empty if none does.
std::string FileAt(const uint8_t* address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t dash = line.find('-'), slash = line.find('/');
    const auto place = reinterpret_cast<uintptr_t>(address);
    if (std::stoull(line, nullptr, 16) <= place && place < std::stoull(line.substr(dash + 1), nullptr, 16))
      return slash == std::string::npos ? "" : line.substr(slash);
  }
  return "";
}

// The training images of all shards are decoded into the file, behind each other.
TEST_F(PackedTest, OfShardsIsTheSameFileHoweverItWasWritten) {
  for (int i = 0; i < 3 * 2 * 3; ++i) {
    const std::string name = fmt::format("part-{}/{}/cat/{}.png", i / 6, i % 2 == 0 ? "train" : "test", i);
    std::filesystem::create_directories((folder_ / name).parent_path());
    folder_.Write(name, i == 8 ? "no picture" : PngOf(MakePicture({6, 5}, 3, i)));
  }
  DataOptions options{.name = folder_ / "part-*", .skip_bad = true};
  const std::string whole = ReadFile(Pack(options));
  const std::string path = folder_ / "in_place.hgd";
  PackedWriter writer(path);
  options.rooms = &writer;
  const OpenedData opened = OpenParts(options);
  EXPECT_EQ(opened.train->size(), 8);
  PixelRoom room;
  for (int64_t id = 0; id < opened.train->size(); ++id)
    EXPECT_EQ(FileAt(opened.train->Locate({&id, 1}, room).image(0)), path + ".part");
  writer.Finish(opened);
  EXPECT_TRUE(ReadFile(path) == whole);
}

// Rooms on a disk that is full.
class NoRooms : public ImageRooms {
 public:
  ImageRoom& Add(const std::string& /*key*/) override {
    ++asked;
    return room_;
  }

  int asked = 0;

 private:
  class Room : public ImageRoom {
    Tensor Make(const Shape& /*shape*/) override { throw SystemError({.what = "the disk is full"}); }
  };
  Room room_;
};

// The first shard that does not fit ends the packing; it is no damaged shard.
TEST_F(PackedTest, OfShardsSaysThatTheDiskIsFull) {
  for (const char* name : {"part-0/a.png", "part-1/b.png"}) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    folder_.Write(name, PngOf(MakePicture({6, 5}, 3, 1)));
  }
  NoRooms rooms;
  DataOptions options{.name = folder_ / "part-*"};
  options.rooms = &rooms;
  EXPECT_THAT([&] { OpenParts(options); },
              ::testing::ThrowsMessage<Error>(::testing::StartsWith("the disk is full")));
  EXPECT_EQ(rooms.asked, 1);
}

class PackedWriterTest : public PackedTest {
 protected:
  static constexpr int64_t kBytes = 2 * 3;
  static constexpr std::chrono::seconds kAtOnce{0};
  const std::string path_ = folder_ / "set.hgd";

  // Fills the first image of a room, and says so in the journal.
  static void FillOne(ImageRoom& room) {
    EXPECT_EQ(room.Restore().done, 0);
    Tensor images = room.Make({4, 1, 2, 3});
    std::ranges::fill(images.span<uint8_t>().first(kBytes), uint8_t{7});
    ReadingState state{.form = {.size = PictureSize{2, 3}, .channels = ColourChannels::kGrey}, .done = 1};
    state.counts.sizes[{2, 3}] = 1;
    state.left_out[0] = {"name", "reason", "hint"};
    room.Save(state);
  }
};

TEST_F(PackedWriterTest, GoesOnWhereAnotherWasKilled) {
  FillOne(PackedWriter(path_, 0, kAtOnce).Add("key"));
  PackedWriter writer(path_);
  ImageRoom& room = writer.Add("key");
  const ReadingState state = room.Restore();
  EXPECT_EQ(state.done, 1);
  EXPECT_EQ(state.form.size, (PictureSize{2, 3}));
  EXPECT_EQ(state.form.channels, ColourChannels::kGrey);
  EXPECT_EQ(state.counts.sizes.at({2, 3}), 1);
  EXPECT_EQ(state.left_out.at(0), (LeftOut{"name", "reason", "hint"}));
  const Tensor images = room.Make({4, 1, 2, 3});
  EXPECT_EQ(images.span<uint8_t>()[kBytes - 1], 7);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(PackedWriterTest, BeginsAnewIfAnythingHasChanged) {
  FillOne(PackedWriter(path_, 0, kAtOnce).Add("key"));
  {
    PackedWriter writer(path_);
    EXPECT_EQ(writer.Add("another key").Restore().done, 0);
  }
  FillOne(PackedWriter(path_, 0, kAtOnce).Add("key"));
  std::string journal = ReadFile(path_ + ".part.json");
  folder_.Write("set.hgd.part.json", journal.substr(0, journal.size() / 2));
  EXPECT_EQ(PackedWriter(path_).Add("key").Restore().done, 0);
}

// What was not on disk for certain is lost when the system stops.
TEST_F(PackedWriterTest, DoesNotTrustMemoryOfAnEarlierBoot) {
  FillOne(PackedWriter(path_, 0, kAtOnce).Add("key"));
  Json journal = ReadJson(path_ + ".part.json");
  journal["boot"] = "another";
  WriteJson(path_ + ".part.json", journal);
  EXPECT_EQ(PackedWriter(path_).Add("key").Restore().done, 0);
}

TEST_F(PackedWriterTest, OneAtATimeWritesAFile) {
  const PackedWriter first(path_);
  EXPECT_THAT([&] { PackedWriter second(path_); },
              ::testing::ThrowsMessage<Error>(HasSubstr("another process is writing " + path_)));
}

TEST_F(PackedTest, KeepsBothPartsOfDigits) {
  const DataSplits before = OpenData({.name = "digits"});
  const DataSplits after = OpenData({.name = Pack({.name = "digits"})});
  EXPECT_EQ(after.checksum, before.checksum);
  EXPECT_EQ(after.held_out_name, "test");
  EXPECT_EQ(after.train->image_name(0), "");
  EXPECT_EQ(OpenData({.name = folder_ / "set.hgd", .val_share = 0.5}).checksum,
            OpenData({.name = "digits", .val_share = 0.5}).checksum);
}

TEST_F(PackedTest, RefusesOtherSafetensorsAndVersions) {
  Tensor images({2, 1, 2, 2}, DType::kU8);
  std::ranges::fill(images.span<uint8_t>(), uint8_t{7});
  SafetensorsFile file;
  file.tensors.push_back({"train", std::move(images)});
  const std::string path = folder_ / "x.hgd";
  WriteSafetensors(path, file);
  EXPECT_THAT(ErrorOf(path), HasSubstr("holds no packed data"));
  file.metadata["format"] = "hourglass data 7";
  WriteSafetensors(path, file);
  EXPECT_THAT(ErrorOf(path), HasSubstr("got:      hourglass data 7"));
}

TEST_F(PackedTest, RefusesPartsThatDoNotFit) {
  const std::string path = PackPictures();
  const SafetensorsFile good = ReadSafetensors(path);
  const auto error_with = [&](const std::string& name, auto change) {
    SafetensorsFile bad{.metadata = good.metadata, .tensors = {}};
    for (const auto& [own, tensor] : good.tensors) {
      bad.tensors.push_back({own, tensor.Clone()});
      if (own == name) change(bad.tensors.back().tensor);
    }
    WriteSafetensors(path, bad);
    return ErrorOf(path);
  };
  EXPECT_THAT(error_with("train_labels", [](Tensor& labels) { labels.data<int32_t>()[2] = 2; }),
              HasSubstr("a label that is no class"));
  EXPECT_THAT(error_with("train_labels", [](Tensor& labels) { labels.Resize({3}); }), HasSubstr("i32 [4]"));
  EXPECT_THAT(error_with("train_names", [](Tensor& names) { names.data<uint8_t>()[0] = 0; }),
              HasSubstr("names that do not fit"));
  EXPECT_THAT(error_with("train",
                         [](Tensor& images) {
                           images.Resize({4, 3, 5});
                         }),
              HasSubstr("u8 [M, C, H, W]"));
  EXPECT_THAT(error_with("report",
                         [](Tensor& report) {
                           const std::span<uint8_t> bytes = report.span<uint8_t>();
                           constexpr std::string_view kSize = "6x5";
                           const auto size =
                               std::search(bytes.begin(), bytes.end(), kSize.begin(), kSize.end());
                           ASSERT_NE(size, bytes.end());
                           size[2] = '?';
                         }),
              HasSubstr("set.hgd is damaged"));
  EXPECT_EQ(error_with("", [](Tensor&) {}), "no error");
}

}  // namespace
}  // namespace hourglass
