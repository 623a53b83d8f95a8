#include "data/samples.h"

#include <array>
#include <span>

#include "data/array_writer.h"
#include "data/idx_writer.h"
#include "data/picture_writer.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/packed_writer.h"
#include "hourglass/data/open_data.h"
#include "support/temporary_directory.h"

namespace hourglass::testing {
namespace {

// One for all files, because most of the time goes into making folders.
const test::TemporaryDirectory& Scratch() {
  static const test::TemporaryDirectory scratch;
  return scratch;
}

// A zip archive with two arrays.
std::string SmallNpz() {
  return Zip({{"images.npy", Npy(Counting({4, 5, 3}))},
              {"labels.npy", Npy(std::vector<int32_t>{1, 0, 2, 1}, Shape{4})}});
}

std::string CifarRecords(int count) {
  constexpr int kPixels = 3 * 32 * 32;
  std::string records;
  for (int record = 0; record < count; ++record) {
    records += static_cast<char>(record);
    for (int i = 0; i < kPixels; ++i) records += static_cast<char>(i + record);
  }
  return records;
}

}  // namespace

void OpenPicture(std::string_view content) {
  DecodePicture({reinterpret_cast<const uint8_t*>(content.data()), content.size()}, "picture", {});
}

void OpenDataFile(std::string_view content) {
  OpenData({.name = Scratch().Write("file", content).string()});
}

void OpenCifarBatch(std::string_view content) {
  Scratch().Write("data_batch_1.bin", content);
  OpenData({.name = Scratch().path().string()});
}

std::vector<Sample> PictureSamples() {
  const PictureSize size = {19, 27};
  const Picture grey = MakePicture(size, 1), rgb = MakePicture(size, 3), rgba = MakePicture(size, 4);
  constexpr size_t kSpare = 16;  // some formats end with bytes that are no pixels
  std::vector<Sample> samples;
  const auto add = [&](const char* kind, std::string content) {
    samples.push_back({kind, std::move(content), OpenPicture, kSpare});
  };
  add("PNG", PngOf(rgb, 6));
  add("PNG with alpha", PngOf(rgba));
  add("PNG with a palette", PngOf({.size = {1, 2},
                                   .colour_type = 3,
                                   .bits = 8,
                                   .rows = {0, 1},
                                   .palette = {1, 2, 3, 4, 5, 6},
                                   .transparent = true}));
  add("JPEG", JpegOf(rgb));
  add("progressive JPEG", JpegOf(rgb, {.progressive = true, .orientation = 6}));
  add("CMYK JPEG", JpegOf(rgb, {.cmyk = true}));
  add("WebP", WebpOf(rgb));
  add("WebP with alpha", WebpOf(rgba));
  add("TIFF", TiffOf(rgb));
  add("compressed TIFF", TiffOf(rgb, {.compressed = true}));
  add("TIFF of 16 bits", TiffOf(grey, {.bits = 16}));
  add("BMP", BmpOf(rgb));
  add("BMP with a palette", BmpOf(grey));
  return samples;
}

std::vector<Sample> IdxSamples() {
  const std::string idx = Idx({4, 5, 3});
  const std::string floats = IdxOf<float>({2, 1, 2, 2}, {0, 1, 0.5F, 0, 0.1F, 0.9F, 1, 0});
  return {{"IDX", idx, OpenDataFile},
          {"IDX of floats", floats, OpenDataFile},
          {"IDX of short numbers", IdxOf<int16_t>({2, 1, 2}, {0, 255, 3, 4}), OpenDataFile},
          {"IDX.gz", Gzip(idx), OpenDataFile},
          {"IDX.gz of floats", Gzip(floats), OpenDataFile}};
}

std::vector<Sample> NpySamples() {
  const std::array<double, 8> numbers = {0, 1, 0.5, 0.25, 0.1, 0.9, 1, 0};
  return {{"npy", Npy(Counting({4, 5, 3})), OpenDataFile},
          {"npy of floats", Npy(std::span<const double>(numbers), Shape{2, 4}), OpenDataFile}};
}

std::vector<Sample> NpzSamples() {
  return {{"npz", SmallNpz(), OpenDataFile}};
}

std::vector<Sample> PictureArchiveSamples() {
  const std::vector<MemberToWrite> members = {{"a.cls", "1"},
                                              {"a.bmp", BmpOf(MakePicture({2, 3}, 1))},
                                              {"b.bmp", BmpOf(MakePicture({2, 3}, 1, 5))},
                                              {"b.cls", "2"}};
  // One file with several names, whose content is in the archive once.
  std::vector<MemberToWrite> linked = members;
  linked.insert(linked.begin() + 2, {{"c.bmp", "", "a.bmp"}, {"c.cls", "", "a.cls"}});
  std::vector<Sample> samples;
  // A tar archive ends with empty blocks, which add nothing, behind the last member's.
  const auto add = [&](const char* kind, ArchiveKind archive, size_t spare) {
    samples.push_back({kind, ArchiveOf(archive, members), OpenDataFile, spare});
  };
  add("tar", ArchiveKind::kTar, 1024 + 511);
  samples.push_back({"tar with links", ArchiveOf(ArchiveKind::kTar, linked), OpenDataFile, 1024 + 511});
  add("tar.gz", ArchiveKind::kTarGz, 0);
  add("tar.bz2", ArchiveKind::kTarBzip2, 0);
  add("tar.xz", ArchiveKind::kTarXz, 0);
  add("tar.zst", ArchiveKind::kTarZstd, 0);
  add("zip of pictures", ArchiveKind::kZip, 0);
  return samples;
}

std::vector<Sample> CsvSamples() {
  return {
      {"CSV", "1,2,3,4\n5,6,7,255\n0,0,0,0\n", OpenDataFile, kAnyLength},
      {"CSV with a header", "\xEF\xBB\xBFlabel,p0,p1,p2,p3\r\n\"cat, dog\",0,.5,1e-3,1\r\nbird,0,0,1,1\r\n",
       OpenDataFile, kAnyLength}};
}

std::vector<Sample> CifarSamples() {
  return {{"CIFAR-10", CifarRecords(2), OpenCifarBatch}};
}

std::vector<Sample> PackedSamples() {
  std::vector<int32_t> labels = {1, 0, 2, 1};
  DataNames names{.classes = {"a", "b", "c"}, .images = {"1.png", "2.png", "3.png", "4.png"}};
  Tensor images = Counting({4, 1, 5, 3});
  OpenedData data{.location = "", .train = nullptr, .test = nullptr};
  data.train = std::make_shared<const InMemoryDataset>(std::move(images), std::move(labels), names);
  data.form = PictureForm{.size = PictureSize{5, 3}, .channels = ColourChannels::kGrey};
  const std::filesystem::path path = Scratch() / "packed";
  WritePackedData(path, data);
  return {{"packed", ReadFile(path), OpenDataFile}};
}

std::vector<Sample> DataSamples() {
  std::vector<Sample> samples;
  for (auto* some : {PictureSamples, IdxSamples, NpySamples, NpzSamples, PictureArchiveSamples, CsvSamples,
                     CifarSamples, PackedSamples}) {
    for (Sample& sample : some()) samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace hourglass::testing
