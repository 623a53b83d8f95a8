// The IDX format, plain or gzip-compressed: a magic number, the sizes of the axes (big-endian), then the
// elements. Nothing in a file is believed before it is checked against what is really there. Source: LeCun,
// Cortes, Burges, "The MNIST database of handwritten digits", section "File formats".
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

// Images of u8: magic 0x803 [N, H, W] or 0x804 [N, C, H, W], returned as u8 [N, C, H, W] with C = 1 for the
// former. Throws a data Error that names the file and the byte at which it is wrong: magic, sizes that are
// zero or too large, content that is shorter or longer than the header says, or damaged compression. Memory
// is taken only as far as the file's own size makes the promised size believable.
Tensor ReadIdxImages(const std::filesystem::path& path);

// Labels of u8: magic 0x801 [N]. Throws as ReadIdxImages does.
std::vector<uint8_t> ReadIdxLabels(const std::filesystem::path& path);

}  // namespace hourglass
