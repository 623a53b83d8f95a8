// The result of reading data, before it is split.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

struct OpenedData {
  std::string location;  // the folder or file, or "built in"
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> test;  // null if the data has none, or val_share makes it unnecessary
  std::string test_name = "test";
  std::string note = {};                 // as in DataSplits
  std::optional<PictureForm> form = {};  // likewise
  std::optional<DataReport> report = {};
  std::optional<PixelRange> range = {};  // in which numbers were read, if they were

  // Adds to `note`, unless `more` is empty.
  void AddNote(const std::string& more) {
    if (!more.empty()) note += (note.empty() ? "" : "; ") + more;
  }
};

}  // namespace hourglass
