// NumPy's npy files, version 1.0, readable from most languages.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hourglass/core/large_vector.h"
#include "hourglass/core/tensor.h"
#include "hourglass/data/formats/number_images.h"

namespace hourglass {

// Writes `array` (f32 or u8, rank 1 to 4) in C order, atomically. Throws a usage Error for another type, and
// a system Error that names `path` if it cannot be written.
void WriteNpy(const std::filesystem::path& path, const Tensor& array);
// The same for element types that Tensor does not support; throws a usage Error if the count does
// not match `shape`.
void WriteNpy(const std::filesystem::path& path, std::span<const uint32_t> array, const Shape& shape);
void WriteNpy(const std::filesystem::path& path, std::span<const int32_t> array, const Shape& shape);
void WriteNpy(const std::filesystem::path& path, std::span<const double> array, const Shape& shape);

// Reads an array of rank 1 or more, in C or Fortran order; axes after the third are merged into one. uint8
// and bool become u8. All other types become f32: 16- and 32-bit floats and integers up to 2^24 exactly,
// 64-bit floats rounded. Either byte order is accepted. Throws a data Error that names the file and the
// fault: an unsupported type, a number too large, a size that does not match the file, or a damaged header.
Tensor ReadNpy(const std::filesystem::path& path);
// Where its elements lie, if they are bytes in C order.
std::optional<StoredBytes> FindNpyBytes(const std::filesystem::path& path);
// As ReadNpy, from the content of a file; `where` names it in errors.
Tensor ReadNpy(std::string content, const std::string& where);

// An array of an element type that Tensor does not support.
template <class T>
struct NpyArray {
  std::vector<int64_t> sizes;
  LargeVector<T> values;
};

// Reads an array of exactly type T: uint32_t, int32_t or double. Otherwise as ReadNpy.
template <class T>
NpyArray<T> ReadNpyArray(const std::filesystem::path& path);

// Reads an array of labels with one axis (further ones may have one element): integers from 0 to 2^31 - 1, of
// any type that ReadNpy accepts.
// Throws as ReadNpy does, and names the first number that is not a label.
std::vector<int32_t> ReadNpyLabels(const std::filesystem::path& path);
std::vector<int32_t> ReadNpyLabels(std::string content, const std::string& where);

}  // namespace hourglass
