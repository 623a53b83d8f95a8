// The table of the formats of data. A new format is a file beside this one, a row in format.cc, and a test.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"

namespace hourglass {

// What a format has read.
struct OpenedData {
  std::string location;  // the folder or file, or "built in"
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> test;  // null when the data has none, or val_share makes it unnecessary
  std::string note = {};                // as in DataSplits
};

struct Format {
  const char* name;         // of a data set that is opened by its name; null: data at a path
  const char* description;  // after "mnist" or "the path of"
  // Whether `options` name data of this format: looks at names and first bytes only. May throw for data that
  // is damaged or incomplete.
  bool (*recognise)(const DataOptions& options);
  OpenedData (*open)(const DataOptions& options);
};

std::span<const Format> Formats();

// For messages: "mnist, digits, the path of a folder with …, or the path of …".
std::string ReadableData();

}  // namespace hourglass
