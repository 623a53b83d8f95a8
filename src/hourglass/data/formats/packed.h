// Packed data: all images of a set in the form in which they are trained on, as a safetensors file that is
// mapped instead of read. A part is a tensor u8 [M, C, H, W] called train, test or val, with train_labels
// (i32 [M]) and train_names (u8, each name with a 0 behind it) if there are any. The metadata say what else
// there is.
#pragma once

#include <filesystem>

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats(). A safetensors file of another kind is refused when it is opened.
bool IsPackedData(const DataOptions& options);
OpenedData OpenPackedData(const DataOptions& options);

// Writes a file that OpenPackedData reads as `data`, atomically. Throws a system Error if that fails.
void WritePackedData(const std::filesystem::path& path, const OpenedData& data);

}  // namespace hourglass
