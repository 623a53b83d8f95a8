// Packed data: all images of a set in the form in which they are trained on, as a safetensors file that is
// mapped instead of read. A part is a tensor u8 [M, C, H, W] called train, test or val, with train_labels
// (i32 [M]), train_names and train_classes (u8, each name with a 0 behind it) if there are any. What was
// found in the pictures is the tensor report (JSON). The metadata say what else there is.
#pragma once

#include <filesystem>
#include <string>

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats(). A safetensors file of another kind is refused when it is opened.
bool IsPackedData(const DataOptions& options);
OpenedData OpenPackedData(const DataOptions& options);

// Where the data of such a file come from, as the user named it; empty if that cannot be read.
std::string SourceOfPacked(const std::filesystem::path& path);

// Metadata: what the file is, and a JSON object that describes the data.
inline constexpr char kPackedFormatKey[] = "format", kPackedDataKey[] = "data";
inline constexpr char kPackedFormat[] = "hourglass data 2";

}  // namespace hourglass
