// Small npy files and zip archives.
#pragma once

#include <string>
#include <vector>

#include "data/archive_writer.h"
#include "hourglass/core/file.h"
#include "hourglass/data/formats/npy.h"
#include "support/temporary_directory.h"

namespace hourglass::testing {

// u8 elements 0, 1, 2, … modulo 251.
inline Tensor Counting(const Shape& shape) {
  Tensor array(shape, DType::kU8);
  for (int64_t i = 0; i < array.size(); ++i) array.data<uint8_t>()[i] = static_cast<uint8_t>(i % 251);
  return array;
}

// The file that WriteNpy writes for these arguments.
template <class... Array>
std::string Npy(const Array&... array) {
  const test::TemporaryDirectory folder;
  WriteNpy(folder / "array.npy", array...);
  return ReadFile(folder / "array.npy");
}

// A zip archive of members: name and content.
inline std::string Zip(const std::vector<MemberToWrite>& members) {
  return ArchiveOf(ArchiveKind::kZip, members);
}

}  // namespace hourglass::testing
