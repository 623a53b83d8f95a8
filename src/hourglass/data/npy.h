// NumPy's npy files, version 1.0: arrays that any language reads.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <filesystem>

#include "hourglass/core/tensor.h"

namespace hourglass {

// Writes `array` (f32 or u8, rank 1 to 4) in C order, atomically. Throws a system Error that names `path`
// when it cannot be written.
void WriteNpy(const std::filesystem::path& path, const Tensor& array);

}  // namespace hourglass
