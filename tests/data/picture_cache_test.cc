// Sets of pictures that are kept decoded: the same data as without the cache, whatever happens to it.
#include "hourglass/data/formats/picture_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "data/picture_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/partial_file.h"
#include "hourglass/data/mapped_dataset.h"
#include "support/scoped_variable.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::ScopedVariable;
using test::TemporaryDirectory;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakePicture;
using testing::PngOf;
using ::testing::SizeIs;

class PictureCacheTest : public ::testing::Test {
 protected:
  PictureCacheTest() {
    int seed = 0;
    for (const char* name :
         {"train/cat/a.png", "train/cat/b.png", "train/dog/c.png", "test/cat/d.png", "test/dog/e.png"})
      Write(name, PngOf(MakePicture({6, 5}, 3, ++seed)));
  }

  void Write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories((folder_ / "set" / name).parent_path());
    folder_.Write("set/" + name, content);
  }
  OpenedData Open(bool cached = true) const {
    return OpenParts({.name = folder_ / "set",
                      .form = {.size = PictureSize{4, 3}, .fit = PictureFit::kPad, .background = {1, 2, 3}},
                      .skip_bad = skip_bad_,
                      .cache_from = cached ? uint64_t{1} : 0});
  }
  static bool IsMapped(const OpenedData& data) {
    return dynamic_cast<const MappedDataset*>(data.train.get()) != nullptr;
  }
  static std::filesystem::path CacheFile() { return CachedSets().at(0).file; }

  TemporaryDirectory folder_;
  const std::string cache_folder_ = folder_ / "cache";
  ScopedVariable cache_{"XDG_CACHE_HOME", cache_folder_.c_str()};
  bool skip_bad_ = false;
};

TEST_F(PictureCacheTest, GivesTheSameData) {
  const OpenedData read = Open(false);
  EXPECT_FALSE(IsMapped(read));
  EXPECT_THAT(CachedSets(), IsEmpty());
  for (int time = 1; time <= 2; ++time) {
    const OpenedData cached = Open();
    EXPECT_TRUE(IsMapped(cached));
    for (const auto part : {&OpenedData::train, &OpenedData::test}) {
      const Dataset &a = *(read.*part), &b = *(cached.*part);
      EXPECT_EQ(ChecksumOf(a), ChecksumOf(b));
      EXPECT_TRUE(std::ranges::equal(a.class_names(), b.class_names()));
      EXPECT_EQ(a.image_name(0), b.image_name(0));
    }
    EXPECT_EQ(cached.location, read.location);
    EXPECT_EQ(cached.note, read.note);
    EXPECT_EQ(cached.form->size, read.form->size);
    EXPECT_EQ(cached.form->fit, read.form->fit);
    EXPECT_EQ(cached.form->channels, read.form->channels);
    EXPECT_EQ(cached.form->background, read.form->background);
    EXPECT_EQ(cached.report->found, 5);
    ASSERT_THAT(CachedSets(), SizeIs(1));
    EXPECT_EQ(CachedSets()[0].source, (folder_ / "set").string());
  }
}

TEST_F(PictureCacheTest, SeesWhatHasChanged) {
  const std::string before = ChecksumOf(*Open().train);
  Write("train/cat/b.png", PngOf(MakePicture({6, 5}, 3, 77)));
  const OpenedData changed = Open();
  EXPECT_NE(ChecksumOf(*changed.train), before);
  EXPECT_EQ(ChecksumOf(*changed.train), ChecksumOf(*Open(false).train));
}

TEST_F(PictureCacheTest, DoesNotHideBadPictures) {
  Write("train/dog/bad.png", "no picture");
  skip_bad_ = true;
  for (int time = 1; time <= 2; ++time) {
    const OpenedData cached = Open();
    EXPECT_TRUE(IsMapped(cached));
    ASSERT_THAT(cached.report->left_out, SizeIs(1));
    EXPECT_THAT(cached.report->left_out[0].name, HasSubstr("bad.png"));
  }
  skip_bad_ = false;
  EXPECT_THROW(Open(), Error);
  EXPECT_THAT(CachedSets(), SizeIs(1));
}

TEST_F(PictureCacheTest, ReadsAgainWhatIsDamaged) {
  Open();
  const std::string whole = ReadFile(CacheFile());
  for (const size_t bytes : {size_t{0}, size_t{100}, whole.size() - 1}) {
    std::filesystem::resize_file(CacheFile(), bytes);
    EXPECT_TRUE(IsMapped(Open()));
    EXPECT_TRUE(ReadFile(CacheFile()) == whole);
  }
}

TEST_F(PictureCacheTest, GoesOnWithoutIt) {
  Open();
  const std::filesystem::path file = CacheFile();
  std::filesystem::remove(file);
  {
    const PartialFile other_process(file);
    const OpenedData read = Open();
    EXPECT_FALSE(IsMapped(read));
    EXPECT_THAT(read.note, HasSubstr("not kept in the cache (another process is writing"));
    EXPECT_THAT(ClearCachedSets(), IsEmpty());
  }
  std::filesystem::remove_all(folder_ / "cache");
  folder_.Write("cache", "a file");
  const OpenedData read = Open();
  EXPECT_FALSE(IsMapped(read));
  EXPECT_THAT(read.note, HasSubstr("not kept in the cache (cannot create the folder"));
}

TEST_F(PictureCacheTest, CanBeCleared) {
  Open();
  folder_.Write("cache/hourglass/sets/x.hgd.part", "of a process that was killed");
  EXPECT_THAT(ClearCachedSets(), SizeIs(2));
  EXPECT_THAT(CachedSets(), IsEmpty());
}

}  // namespace
}  // namespace hourglass
