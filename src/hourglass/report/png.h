// PNG files, written with libspng.
#pragma once

#include <filesystem>
#include <string>

#include "hourglass/core/tensor.h"

namespace hourglass {

// A picture as the bytes of a PNG file. picture u8 [H, W] (gray, 0 = black) or [H, W, 3] (RGB), neither side
// 0. Throws a usage Error for another shape or type.
std::string EncodePng(const Tensor& picture);

// Writes EncodePng to a file atomically. Throws a system Error that names `path` if this fails.
void WritePng(const std::filesystem::path& path, const Tensor& picture);

}  // namespace hourglass
