// NumPy's arrays as data: an npy file of images, with labels beside it, or an npz file with both, by their
// names. Of 8 bits, or of other numbers in a range.
#pragma once

#include <filesystem>
#include <optional>

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats().
bool IsNpyFile(const DataOptions& options);
OpenedData OpenNpyFile(const DataOptions& options);
std::optional<std::filesystem::path> NpyLabelsBeside(const std::filesystem::path& images);
bool IsNpzFile(const DataOptions& options);
OpenedData OpenNpzFile(const DataOptions& options);

}  // namespace hourglass
