// Opens data sets by name or path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

// Where data may lie, and what to do about it.
struct DataOptions {
  std::string name = "mnist";           // of a data set (formats/format.h), or a path
  std::filesystem::path data_dir = {};  // searched first, unless empty
  AxisOrder axes = AxisOrder::kAuto;    // of image files
  double val_share = 0;     // of the training images, held out as "val" in place of the test images; 0: none
  uint64_t split_seed = 0;  // which images those are; whoever uses it alike gets the same ones
};

// Opens data by name or path: the first of Formats() that recognises it. `mnist` is looked for in data_dir,
// $HOURGLASS_DATA_DIR, then UserCacheDir()/mnist. A path that does not exist is looked for in data_dir by its
// last name; else data_dir itself is taken, if it holds the four files. Data without a test set has a random
// part held out as "val", a tenth unless val_share says otherwise. Both parts of a split share the pixels of
// the whole. Throws a usage Error for an unknown name, a data Error when nothing is found (naming every place
// that was looked at, `hourglass data fetch mnist`, and that `digits` needs nothing).
DataSplits OpenData(const DataOptions& options);

// $XDG_CACHE_HOME/hourglass, or ~/.cache/hourglass.
std::filesystem::path UserCacheDir();

}  // namespace hourglass
