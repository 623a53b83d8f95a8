// Small IDX files, plain and compressed.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/check.h"
#include "support/scoped_variable.h"
#include "support/temporary_directory.h"

namespace hourglass::testing {

using test::ScopedVariable;

inline std::string IdxHeader(char type, const std::vector<uint32_t>& sizes) {
  std::string idx = {0, 0, type, static_cast<char>(sizes.size())};
  for (const uint32_t size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) idx += static_cast<char>(size >> shift);
  }
  return idx;
}

// The header for `sizes` and then the elements 0, 1, 2, … (modulo 251).
inline std::string Idx(const std::vector<uint32_t>& sizes) {
  std::string idx = IdxHeader(8, sizes);
  size_t count = 1;
  for (const uint32_t size : sizes) count *= size;
  for (size_t i = 0; i < count; ++i) idx += static_cast<char>(i % 251);
  return idx;
}

// The third byte of the magic number.
template <class T>
constexpr char kIdxType = 0;
template <>
inline constexpr char kIdxType<int8_t> = 0x09;
template <>
inline constexpr char kIdxType<int16_t> = 0x0B;
template <>
inline constexpr char kIdxType<int32_t> = 0x0C;
template <>
inline constexpr char kIdxType<float> = 0x0D;
template <>
inline constexpr char kIdxType<double> = 0x0E;

// Elements of another type than u8.
template <class T>
std::string IdxOf(const std::vector<uint32_t>& sizes, const std::vector<T>& elements) {
  std::string idx = IdxHeader(kIdxType<T>, sizes);
  for (const T& element : elements) {
    const auto* bytes = reinterpret_cast<const char*>(&element);
    for (size_t i = sizeof(T); i-- > 0;) idx += bytes[i];  // from the most significant one
  }
  return idx;
}

inline std::string Gzip(std::string_view content) {
  z_stream stream = {};
  HOURGLASS_CHECK(::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string gz(::deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(gz.data());
  stream.avail_out = static_cast<uInt>(gz.size());
  HOURGLASS_CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  gz.resize(stream.total_out);
  ::deflateEnd(&stream);
  return gz;
}

// The four files of a data set with `train` and `test` images of 4 x 3 pixels.
inline void WriteIdxFolder(const test::TemporaryDirectory& folder, const std::string& under, uint32_t train,
                           uint32_t test) {
  std::filesystem::create_directories(folder.path() / under);
  const std::string prefix = under.empty() ? "" : under + "/";
  folder.Write(prefix + "train-images-idx3-ubyte.gz", Gzip(Idx({train, 4, 3})));
  folder.Write(prefix + "train-labels-idx1-ubyte", Idx({train}));
  folder.Write(prefix + "t10k-images.idx3-ubyte", Idx({test, 4, 3}));
  folder.Write(prefix + "t10k-labels.idx1-ubyte.gz", Gzip(Idx({test})));
}

}  // namespace hourglass::testing
