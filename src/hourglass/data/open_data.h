// Opens data sets by name or path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "hourglass/data/dataset.h"

namespace hourglass {

// Where data may lie, and what to do about it.
struct DataOptions {
  std::string name =
      "mnist";  // mnist, digits, or a path: a folder with the four IDX files, or one IDX(.gz) images file
  std::filesystem::path data_dir = {};  // searched first, unless empty
  double val_share = 0;     // of the training images, held out as "val" in place of the test images; 0: none
  uint64_t split_seed = 0;  // which images those are; whoever uses it alike gets the same ones
};

// Opens data by name or path. `mnist` is looked for in data_dir, $HOURGLASS_DATA_DIR, then
// UserCacheDir()/mnist. A path that does not exist is looked for in data_dir by its last name; else data_dir
// itself is taken, if the four files are there. A single IDX file has a random part held out as "val", a
// tenth unless val_share says otherwise. A held-out share gets memory of its own and the whole set is let go,
// so that both parts lie in memory as any data set does. Throws a usage Error for an unknown name, a data
// Error when nothing is found (naming every place that was looked at, `hourglass data fetch mnist`, and that
// `digits` needs nothing).
DataSplits OpenData(const DataOptions& options);

// $XDG_CACHE_HOME/hourglass, or ~/.cache/hourglass.
std::filesystem::path UserCacheDir();

}  // namespace hourglass
