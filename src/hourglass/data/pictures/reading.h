// Reads many picture files on all cores, in one form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/data/pictures/picture.h"

namespace hourglass {

// Files that hold one picture each.
class PictureFiles {
 public:
  virtual ~PictureFiles() = default;
  virtual size_t size() const = 0;
  // The name of file i, for messages and tables.
  virtual std::string name(size_t i) const = 0;
  // The content of file i. Called from several threads at once. Throws a system or data Error.
  virtual std::string Read(size_t i) const = 0;
  // The file that is best read as the k-th, so that all are read; about, since threads overtake each other.
  virtual size_t InOrderOfReading(size_t k) const { return k; }
};

// The content of a picture file on disk. Throws as ReadFile does, and a data Error for what is no file.
std::string ReadPictureFile(const std::filesystem::path& path);

// A file that was not read, why, and what to do if that is known.
struct LeftOut {
  std::string name;
  std::string reason;
  std::string hint = {};

  bool operator==(const LeftOut&) const = default;
};

// What to do about such files: the first hint that there is.
std::string WhatToDo(const std::vector<LeftOut>& files);

// How many files of each kind were read.
struct PictureCounts {
  std::map<std::string, int64_t> formats;
  std::map<PictureSize, int64_t> sizes;
  std::map<int, int64_t> channels;  // as in Picture
  std::map<int, int64_t> bits;
  int64_t palettes = 0, cmyk = 0, rotated = 0;

  void Add(const PictureTraits& traits);
  void Add(const PictureCounts& other);
  // How many have an alpha channel.
  int64_t alpha() const;
};

inline constexpr PictureSize kInspectedSize = {64, 64};

struct ReadingOptions {
  PictureForm form;
  bool skip_bad = false;  // go on without the files that cannot be read
  bool inspect =
      false;  // the same, and bring pictures of different sizes to kInspectedSize if the form has none
  std::function<void(int64_t done, int64_t all)> progress = {};  // called by one thread at a time
};

struct PicturesRead {
  Tensor images;              // u8 [n, C, H, W]
  std::vector<size_t> files;  // of each image
  std::vector<LeftOut> left_out;
  PictureForm form;  // of the images: its size and channels are set
  PictureCounts counts;
};

// Reads all files, in their order. Throws a data Error if files cannot be read, unless skip_bad or inspect
// (it names the first ones and counts them); if no file can be read; and, unless inspect, if their sizes
// differ but the form has none (it shows how many have which size).
PicturesRead ReadPictures(const PictureFiles& files, const ReadingOptions& options);

}  // namespace hourglass
