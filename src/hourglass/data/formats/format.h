// The table of data formats, for data at a path. To add a format, add a file beside this one, a row in
// format.cc, and a test.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"

namespace hourglass {

// The result of reading a format.
struct OpenedData {
  std::string location;  // the folder or file, or "built in"
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> test;  // null if the data has none, or val_share makes it unnecessary
  std::string test_name = "test";
  std::string note = {};                 // as in DataSplits
  std::optional<PictureForm> form = {};  // likewise
  std::optional<DataReport> report = {};
  std::optional<PixelRange> range = {};  // in which numbers were read, if they were
};

struct DataFormat {
  const char* description;  // after "the path of"
  // Whether `options` refer to data of this format; looks only at names and first bytes. May throw if the
  // data is damaged or incomplete.
  bool (*recognise)(const DataOptions& options);
  OpenedData (*open)(const DataOptions& options);
};

std::span<const DataFormat> DataFormats();

// For messages, with the names of sets: "mnist, …, digits, the path of a folder with …, or the path of …".
std::string ReadableData();

}  // namespace hourglass
