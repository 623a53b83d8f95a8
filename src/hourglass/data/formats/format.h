// The table of data formats, for data at a path. To add a format, add a file beside this one, a row in
// format.cc, and a test.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "hourglass/data/open_data.h"
#include "hourglass/data/opened_data.h"

namespace hourglass {

struct DataFormat {
  const char* description;  // after "the path of"
  // Whether `options` refer to data of this format; looks only at names and first bytes. May throw if the
  // data is damaged or incomplete.
  bool (*recognise)(const DataOptions& options);
  OpenedData (*open)(const DataOptions& options);
  // The file of labels that is read with the data at `path`, if there is one; null if there never is.
  std::optional<std::filesystem::path> (*labels_beside)(const std::filesystem::path& path) = nullptr;
};

std::span<const DataFormat> DataFormats();

// The first format that recognises what `options` refer to; null if there is none. Throws as recognise does.
const DataFormat* FindFormat(const DataOptions& options);

// For messages, with the names of sets: "mnist, …, digits, the path of a folder with …, or the path of …".
std::string ReadableData();

}  // namespace hourglass
