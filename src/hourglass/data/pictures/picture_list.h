// A few pictures, named one by one.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/data/report.h"

namespace hourglass {

struct PictureList {
  std::shared_ptr<const Dataset> images;
  DataReport report;
};

// Reads the files in `form`, whose size and channels are set. Throws a data Error if one cannot be read, or
// with `skip_bad` if none can, and a usage Error if there are none.
PictureList ReadPictureList(const std::vector<std::filesystem::path>& files, const PictureForm& form,
                            bool skip_bad);

}  // namespace hourglass
