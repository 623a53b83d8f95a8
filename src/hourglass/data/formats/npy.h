// NumPy's npy files, version 1.0: arrays that any language reads.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "hourglass/core/tensor.h"

namespace hourglass {

// Writes `array` (f32 or u8, rank 1 to 4) in C order, atomically. Throws a system Error that names `path`
// when it cannot be written.
void WriteNpy(const std::filesystem::path& path, const Tensor& array);
// The same for numbers that no tensor holds; there are as many as `shape` says.
void WriteNpy(const std::filesystem::path& path, std::span<const uint32_t> array, const Shape& shape);
void WriteNpy(const std::filesystem::path& path, std::span<const int32_t> array, const Shape& shape);
void WriteNpy(const std::filesystem::path& path, std::span<const double> array, const Shape& shape);

// Reads an array of any rank from 1, in C or Fortran order; axes behind the third are taken as one. uint8 and
// bool become u8; all else becomes f32: floats of 16 and 32 bits and whole numbers up to 2^24 exactly, floats
// of 64 bits rounded. Bytes may have either order. Throws a data Error that names the file and what is wrong
// in it: another type, a number too large, a size that the file does not have, a damaged header.
Tensor ReadNpy(const std::filesystem::path& path);

// An array of numbers that no tensor holds.
template <class T>
struct NpyArray {
  std::vector<int64_t> sizes;
  std::vector<T> values;
};

// Reads an array of exactly the type T: uint32_t, int32_t or double. Otherwise as ReadNpy.
template <class T>
NpyArray<T> ReadNpyArray(const std::filesystem::path& path);

// Reads one axis of labels: whole numbers of any type that ReadNpy takes, from 0 to 2^31 - 1. Throws as
// ReadNpy does, and names the first number that is no label.
std::vector<int32_t> ReadNpyLabels(const std::filesystem::path& path);

}  // namespace hourglass
