// Reads many picture files on all cores, in one form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
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
  // Files are read from the k-th on, whatever was read before. Not while a thread reads.
  virtual void BeginAt(size_t /*k*/) {}
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

// How far the reading of files has come.
struct ReadingState {
  PictureForm form = {};  // of the images so far; open until the first picture is read
  bool any_size = false;  // pictures of any size are brought into it; else all must have its size
  size_t done = 0;        // files, in the order of reading
  PictureCounts counts = {};
  std::map<size_t, LeftOut> left_out = {};  // by file
};

// Where the images of one reading are kept: in memory, unless a class says otherwise.
class ImageRoom {
 public:
  virtual ~ImageRoom() = default;
  // Room for images u8 [n, C, H, W]. May hold those of an earlier reading of the same files, as far as
  // Restore() says.
  virtual Tensor Make(const Shape& shape) { return Tensor(shape, DType::kU8); }
  // Called often with what has been done; gives some of it back when the same files are read again.
  virtual void Save(const ReadingState& /*state*/) {}
  virtual ReadingState Restore() { return {}; }
};

struct ReadingOptions {
  PictureForm form;
  bool skip_bad = false;  // go on without the files that cannot be read
  bool inspect =
      false;  // the same, and bring pictures of different sizes to kInspectedSize if the form has none
  std::function<void(int64_t done, int64_t all)> progress = {};  // called by one thread at a time
  ImageRoom* room = nullptr;                                     // null: memory
};

struct PicturesRead {
  Tensor images;              // u8 [all files, C, H, W]
  std::vector<int64_t> rows;  // of those that could be read; the others are undefined
  std::vector<LeftOut> left_out;
  PictureForm form;  // of the images: its size and channels are set
  PictureCounts counts;
};

// Makes a room for each reading, in the order of the readings.
class ImageRooms {
 public:
  virtual ~ImageRooms() = default;
  // `key` identifies the files, their content, and how they are read. Valid as long as this object.
  virtual ImageRoom& Add(const std::string& key) = 0;
};

// Reads all files. Takes memory for the images, if they are kept there,
// and for one picture per thread. Throws a data Error if files cannot be read, unless skip_bad or inspect
// (it names the first ones and counts them); if no file can be read; and, unless inspect, if their sizes
// differ but the form has none (it shows how many have which size).
PicturesRead ReadPictures(PictureFiles& files, const ReadingOptions& options);

}  // namespace hourglass
