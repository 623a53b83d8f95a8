// Opens data sets by name or path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/opened_data.h"
#include "hourglass/data/pictures/form.h"

namespace hourglass {

// Of a set's pictures: their bytes, and 5,000 more for each. Reading these takes about a second.
inline constexpr uint64_t kSlowToRead = 300'000'000;

// Where to find data, and how to read and split it.
struct DataOptions {
  std::string name = "mnist";  // a set's name (named_sets.h), a path, or a pattern of several (shards.h)
  std::string key = "data";    // the setting that `name` comes from, for messages
  std::filesystem::path data_dir = {};   // searched first, unless empty
  AxisOrder axes = AxisOrder::kAuto;     // of image files
  std::optional<PixelRange> range = {};  // of pixels in arrays of numbers; none: guessed
  bool range_guessed = false;            // whether `range` was guessed from other images of the set
  std::string label_column = "auto";     // of tables: a name, a number from 0 on, or none
  // Data whose test images, or all images if it has none, are held out instead of the data's own test images:
  // as "val", and if there are none, as "test". `test` is opened and checked even if other images are held
  // out, because it will be needed later.
  std::string val = {}, test = {};
  double val_share = 0;  // share of the training images held out as "val" instead of the test images; 0: none
  // Whether `name` is known data that may have moved: then data_dir may be its new folder. The caller
  // compares the checksum.
  bool moved = false;
  uint64_t split_seed = 0;     // selects those images; the same seed gives the same ones
  PictureForm form = {};       // that images are brought into
  bool only_pictures = false;  // leave images as they are that are not read from pictures
  bool skip_bad = false;       // go on without pictures that cannot be read
  bool inspect = false;        // as in ReadingOptions: look at pictures that one cannot train on
  // Called while pictures are read, by one thread at a time.
  std::function<void(int64_t done, int64_t all)> progress = {};
  ImageRooms* rooms = nullptr;  // where pictures of `name` are kept; null: in memory, or in the cache
  // Sets of pictures that take so much to read are kept decoded in the user's cache; 0: none are.
  uint64_t cache_from = kSlowToRead;

  // Whether the data's own test images are to be held out, if it has any.
  bool wants_test() const { return val_share == 0 && val.empty() && test.empty(); }
};

// Opens a data set by its name, or data at a path with the first of DataFormats() that recognises it. A name
// comes before a path, and a path that exists before a pattern; the files of the set are searched for in
// PlacesOf() (locate.h). If a path does not exist, its last component is searched for in data_dir; failing
// that, data_dir itself is used if `moved` is set and it holds the four files. Without a test set, a random
// part is held out as "val", a tenth unless val_share says otherwise. Classes of the same name have the same
// label in both parts, wherever they come from. Both parts of a split share the pixels of the whole. Throws a
// usage Error for an unknown name, and if both val and val_share are set, a data Error if the parts have
// images of different shapes, and one if nothing is found (listing every place searched, `hourglass data
// fetch NAME`, and that `digits` needs no files).
DataSplits OpenData(const DataOptions& options);

// The same data before a part is held out: without a test set, all images are training images. Throws the
// same Errors.
OpenedData OpenParts(const DataOptions& options);

// $XDG_CACHE_HOME/hourglass, or ~/.cache/hourglass.
std::filesystem::path UserCacheDir();

}  // namespace hourglass
