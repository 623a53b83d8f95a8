// The IDX format, plain or gzip-compressed: a magic number, the axis sizes (big-endian), then the elements
// (big-endian). Nothing in a header is trusted before it is checked against the actual content.
// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "File formats".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/data/formats/number_images.h"

namespace hourglass {

// Images of any type: [N, …, …] or [N, …, …, …]; the axes are returned as stored, see axis_order.h. u8 stays,
// other types become f32 as in ReadNpy. Throws a data Error that names the file and the byte offset of the
// fault: wrong magic, sizes that are zero or too large, content shorter or longer than the header says, or
// damaged compression. Memory is allocated only as far as the file's own size makes the declared size
// plausible.
Tensor ReadIdxImages(const std::filesystem::path& path);

// Where the elements of such a file lie, if they are bytes that are not compressed.
std::optional<StoredBytes> FindIdxBytes(const std::filesystem::path& path);

// Labels [N] of any type, whole numbers from 0 to 2^31 - 1. Throws as ReadIdxImages does.
std::vector<int32_t> ReadIdxLabels(const std::filesystem::path& path);

// "an IDX file of f32, 3 axes" if `start`, the first bytes of a file, is an IDX header; else empty.
std::optional<std::string> DescribeIdx(std::string_view start);

}  // namespace hourglass
