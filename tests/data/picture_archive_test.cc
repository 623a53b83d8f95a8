// Archives of pictures: they give what the folder gives that they were made of.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "data/archive_writer.h"
#include "data/picture_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/open_data.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using testing::ArchiveKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakePicture;
using testing::MemberToWrite;
using ::testing::Not;
using ::testing::SizeIs;
using Members = std::vector<MemberToWrite>;

class PictureArchiveTest : public ::testing::Test {
 protected:
  static std::string Png(int number) { return testing::PngOf(MakePicture({6, 5}, 1, number)); }

  std::string Write(const Members& members, ArchiveKind kind = ArchiveKind::kTar) const {
    return folder_.Write("set", testing::ArchiveOf(kind, members));
  }
  static std::string ErrorOf(const std::string& path) {
    try {
      OpenData({.name = path});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }

  TemporaryDirectory folder_;
};

TEST_F(PictureArchiveTest, GivesWhatItsFolderGives) {
  Members members;
  for (const char* part : {"train", "test"}) {
    for (const char* name : {"cat", "dog"}) {
      for (int i = 0; i < 40; ++i)
        members.push_back({fmt::format("{}/{}/{:02}.png", part, name, i), Png(i + (*name == 'c'))});
    }
  }
  for (const MemberToWrite& member : members) {
    const std::filesystem::path path = folder_.path() / "folder" / member.name;
    std::filesystem::create_directories(path.parent_path());
    WriteFileAtomically(path, member.content);
  }
  const DataSplits folder = OpenData({.name = folder_ / "folder"});
  std::ranges::reverse(members);  // whatever the order in which they were packed
  members.insert(members.begin(), {"train/cat/07.png", "an older version"});
  for (const ArchiveKind kind : {ArchiveKind::kTar, ArchiveKind::kTarGz, ArchiveKind::kZip}) {
    const DataSplits data = OpenData({.name = Write(members, kind)});
    EXPECT_EQ(data.checksum, folder.checksum);
    EXPECT_EQ(data.held_out_name, "test");
    EXPECT_THAT(data.train->class_names(), ElementsAre("cat", "dog"));
    for (int64_t id = 0; id < data.train->size(); ++id)
      EXPECT_EQ(data.train->image_name(id), folder.train->image_name(id));
  }
}

TEST_F(PictureArchiveTest, LeavesOutItsOwnFolderAndWhatSystemsLeaveBehind) {
  const DataSplits data = OpenData({.name = Write({{"./photos/", ""},
                                                   {"./photos/cat/1.png", Png(1)},
                                                   {"./photos/cat/.DS_Store", "x"},
                                                   {"__MACOSX/photos/cat/._1.png", "x"},
                                                   {"./photos/dog/2.png", Png(2)},
                                                   {"./photos/empty/", ""},
                                                   {"./photos/LICENSE", "x"},
                                                   {"README", "x"}})});
  EXPECT_THAT(data.train->class_names(), ElementsAre("cat", "dog", "empty"));
  EXPECT_EQ(data.report->hidden, 2);
  EXPECT_THAT(data.report->others, ElementsAre(::testing::Pair("", 2)));
}

TEST_F(PictureArchiveTest, OfOneClassKeepsItsName) {
  EXPECT_THAT(OpenData({.name = Write({{"cat/1.png", Png(1)}, {"cat/2.png", Png(2)}})}).train->class_names(),
              ElementsAre("cat"));
}

TEST_F(PictureArchiveTest, OfSamplesHasTheirClasses) {
  const DataSplits data = OpenData({.name = Write({{"000.cls", "3"},
                                                   {"000.png", Png(1)},
                                                   {"000.json", "{}"},
                                                   {"001.png", Png(2)},
                                                   {"001.cls", "5\n"}}),
                                    .val_share = 0.5});
  EXPECT_EQ(data.train->labels()[0] + data.held_out->labels()[0], 8);
  EXPECT_THAT(data.note, HasSubstr("1 file of kind .json not read"));
}

TEST_F(PictureArchiveTest, NamesAreBytes) {
  const std::string name = "\xC3\xA4 \xFF\n.png";
  const DataSplits data = OpenData({.name = Write({{name, Png(1)}, {"../../b.png", Png(2)}})});
  EXPECT_THAT((std::vector{data.train->image_name(0), data.held_out->image_name(0)}),
              ::testing::UnorderedElementsAre(name, "b.png"));
}

// As Python's zipfile and others mark every name that is not ASCII.
TEST_F(PictureArchiveTest, NamesMayBeMarkedAsUtf8) {
  Members members;
  for (const char* name : {"caf\xC3\xA9/\xE6\x97\xA5.png", "caf\xC3\xA9/2.png", "the/3.png"})
    members.push_back({name, Png(1)});
  std::string content = testing::ArchiveOf(ArchiveKind::kZip, members);
  const auto mark = [&](std::string_view header, size_t flags) {
    for (size_t at = content.find(header); at != std::string::npos; at = content.find(header, at + 1))
      content[at + flags + 1] |= 8;
  };
  mark("PK\x03\x04", 6);
  mark("PK\x01\x02", 8);
  const DataSplits data = OpenData({.name = folder_.Write("set", content)});
  EXPECT_THAT(data.train->class_names(), ElementsAre("caf\xC3\xA9", "the"));
  EXPECT_EQ(data.train->size() + data.held_out->size(), 3);
}

// As tar writes files that have several names.
TEST_F(PictureArchiveTest, LinksToMembersBeforeAreRead) {
  const std::string path = Write({{"./.cache/1.png", Png(1)},
                                  {"./a/1.png", "", "./.cache/1.png"},
                                  {"./b/2.png", Png(2)},
                                  {"./a/2.png", "", "./b/2.png"},
                                  {"./a/3", "", "./a/2.png"},
                                  {"./b/2.png", Png(3)}});
  const DataSplits data = OpenData({.name = path, .val_share = 0.25});
  EXPECT_THAT(data.train->class_names(), ElementsAre("a", "b"));
  const DataSplits copied = OpenData(
      {.name = Write({{"a/1.png", Png(1)}, {"a/2.png", Png(2)}, {"a/3.png", Png(2)}, {"b/2.png", Png(3)}}),
       .val_share = 0.25});
  EXPECT_EQ(data.checksum, copied.checksum);
  EXPECT_EQ(data.report->hidden, 1);
}

TEST_F(PictureArchiveTest, FilesOfClassesMayBeLinks) {
  const DataSplits data = OpenData(
      {.name = Write({{"0.cls", "cat"}, {"0.png", Png(1)}, {"1.cls", "", "0.cls"}, {"1.png", Png(2)}})});
  EXPECT_THAT(data.train->class_names(), ElementsAre("cat"));
}

TEST_F(PictureArchiveTest, ALinkToNothingIsNamed) {
  EXPECT_THAT(ErrorOf(Write({{"a/1.png", "", "a/2.png"}, {"a/2.png", Png(2)}})),
              HasSubstr("a/1.png is a hard link to a/2.png, without content of its own"));
}

TEST_F(PictureArchiveTest, APictureWithoutItsClassIsNamed) {
  const auto error_of = [this](Members members) {
    members.insert(members.end(), {{"0.cls", "3"}, {"0.png", Png(1)}, {"1.png", Png(2)}});
    return ErrorOf(Write(members));
  };
  EXPECT_THAT(error_of({}), AllOf(HasSubstr("set: 1.png has no class"), HasSubstr("a text file 1.cls")));
  EXPECT_THAT(error_of({{"1.cls", " \n"}}), AllOf(HasSubstr("set: 1.cls names no class"),
                                                  HasSubstr("the name or number of the class of 1.png")));
  EXPECT_THAT(error_of({{"1.cls", "4"}, {"1.left.png", Png(3)}}),
              AllOf(HasSubstr("two pictures share the class file 1.cls"), HasSubstr("1.left.png and 1.png")));
}

TEST_F(PictureArchiveTest, DamagedPicturesAreNamedOrLeftOut) {
  const std::string path = Write({{"a/1.png", Png(1)},
                                  {"a/2.png", Png(2).substr(0, 50)},
                                  {"b/3.png", "", "", "../a/1.png"},
                                  {"b/4.png", Png(4)}});
  EXPECT_THAT(ErrorOf(path),
              AllOf(HasSubstr("2 of 4 pictures cannot be read"), HasSubstr(path + ": a/2.png is truncated"),
                    HasSubstr("b/3.png is a symbolic link to ../a/1.png"), HasSubstr("tar -h")));
  const DataSplits data = OpenData({.name = path, .skip_bad = true});
  EXPECT_THAT(data.report->left_out, SizeIs(2));
  EXPECT_EQ(data.train->size() + data.held_out->size(), 2);
}

TEST_F(PictureArchiveTest, EncryptedPicturesAreNotCalledDamaged) {
  EXPECT_THAT(ErrorOf(Write({{"a.png", Png(1)}, {"b.png", Png(2)}}, ArchiveKind::kEncryptedZip)),
              AllOf(HasSubstr("a.png is encrypted"), Not(HasSubstr("damaged"))));
}

TEST_F(PictureArchiveTest, TooLargeMembersAreRefused) {
  const std::string bomb(size_t{33} << 20, '\0');
  EXPECT_THAT(ErrorOf(Write({{"a.png", Png(1)}, {"b.bmp", bomb}}, ArchiveKind::kTarGz)),
              HasSubstr("holds more than its size lets one expect"));
}

TEST_F(PictureArchiveTest, AMemberThatClaimsToBeHugeIsDamage) {
  const std::string path = Write({{"a.png", Png(1)}, {"b.png", Png(2)}});
  std::string content = ReadFile(path);
  const size_t header = content.find("b.png");
  char* size = content.data() + header + 124;  // twelve bytes: a flag, and 2^60 in base 256
  std::memset(size, 0, 12);
  size[0] = '\x80';
  size[4] = '\x10';
  char* sum = content.data() + header + 148;  // of all bytes, itself as spaces
  std::memset(sum, ' ', 8);
  unsigned total = 0;
  for (size_t i = 0; i < 512; ++i) total += static_cast<unsigned char>(content[header + i]);
  fmt::format_to_n(sum, 7, "{:06o}\0", total);
  folder_.Write("set", content);
  EXPECT_THAT(ErrorOf(path), HasSubstr(path));
}

TEST_F(PictureArchiveTest, TruncatedArchivesAreCalledDamaged) {
  for (const ArchiveKind kind : {ArchiveKind::kTar, ArchiveKind::kTarGz, ArchiveKind::kTarBzip2,
                                 ArchiveKind::kTarXz, ArchiveKind::kTarZstd, ArchiveKind::kZip}) {
    const std::string path = Write({{"a.png", Png(1)}, {"b.png", Png(2)}, {"c.png", Png(3)}}, kind);
    const std::string whole = ReadFile(path);
    // A tar archive ends with two empty blocks, which add nothing. Its first block has the magic number.
    const size_t last = kind == ArchiveKind::kTar ? whole.find(Png(3)) + Png(3).size() : whole.size();
    const size_t magic = kind == ArchiveKind::kTar ? 262 : 20;
    for (size_t length = 0; length < last; length += 7) {
      folder_.Write("set", whole.substr(0, length));
      const std::string error = ErrorOf(path);
      if (length < magic) continue;
      EXPECT_THAT(error, AllOf(HasSubstr(path), ::testing::ContainsRegex("damaged|truncated"),
                               HasSubstr("fetch or copy it again")))
          << length;
    }
  }
}

TEST_F(PictureArchiveTest, DamageIsNamedWithItsMemberAndReason) {
  const auto cut = [&](ArchiveKind kind) {
    const std::string path = Write({{"a.png", Png(1)}, {"b.png", Png(2)}, {"c.png", Png(3)}}, kind);
    const std::string whole = ReadFile(path);
    folder_.Write("set", whole.substr(0, whole.find(Png(2)) + 10));
    return ErrorOf(path);
  };
  EXPECT_THAT(cut(ArchiveKind::kTar),
              AllOf(HasSubstr("set is damaged, in or after b.png"), HasSubstr("Truncated")));
  EXPECT_THAT(cut(ArchiveKind::kZip), AllOf(HasSubstr("set is damaged"), HasSubstr("directory, is missing")));

  const std::string path = Write({{"a.png", Png(1)}, {"b.png", Png(2)}}, ArchiveKind::kZip);
  std::string content = ReadFile(path);
  for (const char packing : {14, 98, 99}) {  // LZMA and PPMd may ask for gigabytes
    content[content.rfind("PK\x03\x04", content.find("b.png")) + 8] = packing;
    folder_.Write("set", content);
    EXPECT_THAT(ErrorOf(path), HasSubstr("set: b.png is packed unusually (ZIP"));
  }
}

// Few bytes, which ask for 128 MB (zstd) and for 1 GB (xz) while they are unpacked.
TEST_F(PictureArchiveTest, MemoryIsNotTakenBecauseAFileAsksForIt) {
  constexpr std::string_view kZstd("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00", 9);
  std::string xz = ArchiveOf(ArchiveKind::kTarXz, {{"a.png", Png(1)}});
  // A block's header: its size, flags, LZMA2, one byte of properties (the size of the dictionary), the
  // padding, a checksum.
  ASSERT_EQ(xz.substr(12, 4), std::string("\x02\x00\x21\x01", 4));
  xz[16] = 36;  // 2^30 bytes
  const uint32_t sum = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(xz.data()) + 12, 8));
  std::memcpy(xz.data() + 20, &sum, sizeof(sum));
  for (const std::string_view content : {kZstd, std::string_view(xz)}) {
    folder_.Write("set", std::string(content));
    EXPECT_THAT(ErrorOf(folder_ / "set"),
                AllOf(HasSubstr("set takes too much memory to unpack"), HasSubstr("zstd -19, xz -6")));
  }
}

// A frame's window is allowed to be larger in a larger file.
TEST_F(PictureArchiveTest, FilesWrittenWithTheLargestUsualWindowsAreRead) {
  std::string xz = ArchiveOf(ArchiveKind::kTarXz, {{"a.png", Png(1)}, {"b.png", Png(2)}});
  xz[16] = 28;  // 64 MB, as xz -9 does
  const uint32_t sum = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(xz.data()) + 12, 8));
  std::memcpy(xz.data() + 20, &sum, sizeof(sum));
  folder_.Write("set", xz);
  EXPECT_EQ(OpenParts({.name = folder_ / "set"}).train->size(), 2);
}

TEST_F(PictureArchiveTest, WithoutPicturesItSaysWhatItHolds) {
  for (const ArchiveKind kind : {ArchiveKind::kTar, ArchiveKind::kTarBzip2, ArchiveKind::kZip}) {
    EXPECT_THAT(ErrorOf(Write({{"a.csv", "1,2\n"}, {"sub/b.csv", "1\n"}, {"LICENSE", "x"}}, kind)),
                AllOf(HasSubstr("set holds no pictures"),
                      HasSubstr("1 file without an extension, 2 files of kind .csv"), HasSubstr("unpack it"),
                      Not(HasSubstr("damaged"))));
  }
}

}  // namespace
}  // namespace hourglass
