// Reads PNG files back, to check what was written.
#pragma once

#include <gtest/gtest.h>
#include <spng.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "hourglass/core/file.h"
#include "hourglass/core/tensor.h"

namespace hourglass::test {

// u8 [H, W, 3], whatever the file's type; empty, with a test failure, if it is not a PNG.
inline Tensor DecodePng(const std::string& bytes) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new(0), &spng_ctx_free);
  spng_ihdr header = {};
  spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  if (spng_get_ihdr(context.get(), &header) != 0) {
    ADD_FAILURE() << "not a PNG file";
    return {};
  }
  Tensor picture({header.height, header.width, 3}, DType::kU8);
  EXPECT_EQ(spng_decode_image(context.get(), picture.raw(), picture.byte_size(), SPNG_FMT_RGB8, 0), 0);
  return picture;
}

inline Tensor ReadPng(const std::filesystem::path& path) {
  return DecodePng(ReadFile(path));
}

// True if `small` occurs in `large`, pixel by pixel; levels of 255 may be off by one, because of cairo's
// rounding.
inline bool Contains(const Tensor& large, const Tensor& small) {
  const int64_t width = large.shape()[1], row = small.row_size();
  const auto near = [](uint8_t a, uint8_t b) { return a - b <= 1 && b - a <= 1; };
  const auto* to = large.data<uint8_t>();
  const auto* from = small.data<uint8_t>();
  for (int64_t top = 0; top + small.rows() <= large.rows(); ++top) {
    for (int64_t left = 0; left + small.shape()[1] <= width; ++left) {
      int64_t y = 0;
      while (y < small.rows() &&
             std::equal(from + y * row, from + (y + 1) * row, to + ((top + y) * width + left) * 3, near)) {
        ++y;
      }
      if (y == small.rows()) return true;
    }
  }
  return false;
}

}  // namespace hourglass::test
