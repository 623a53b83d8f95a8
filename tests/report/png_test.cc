#include "hourglass/report/png.h"

#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "report/read_png.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

Tensor Ramp(Shape shape) {
  Tensor picture(shape, DType::kU8);
  for (int64_t i = 0; i < picture.size(); ++i) picture.data<uint8_t>()[i] = static_cast<uint8_t>(i * 7);
  return picture;
}

TEST(Png, ColoursComeBack) {
  const Tensor picture = Ramp({5, 3, 3}), back = test::DecodePng(EncodePng(picture));
  ASSERT_EQ(back.shape(), picture.shape());
  for (int64_t i = 0; i < picture.size(); ++i) EXPECT_EQ(back.data<uint8_t>()[i], picture.data<uint8_t>()[i]);
}

TEST(Png, GraysComeBack) {
  const Tensor picture = Ramp({4, 7}), back = test::DecodePng(EncodePng(picture));
  ASSERT_EQ(back.shape(), (Shape{4, 7, 3}));
  for (int64_t i = 0; i < back.size(); ++i)
    EXPECT_EQ(back.data<uint8_t>()[i], picture.data<uint8_t>()[i / 3]);
}

TEST(Png, WhatIsNoPictureIsRefused) {
  EXPECT_THROW(EncodePng(Tensor({4, 4}, DType::kF32)), Error);
  EXPECT_THROW(EncodePng(Tensor({4, 4, 2}, DType::kU8)), Error);
  EXPECT_THROW(EncodePng(Tensor({0, 4}, DType::kU8)), Error);
}

TEST(Png, AFolderThatIsNotThereIsAnError) {
  const test::TemporaryDirectory folder;
  EXPECT_THROW(WritePng(folder / "none/x.png", Ramp({2, 2})), Error);
}

}  // namespace
}  // namespace hourglass
