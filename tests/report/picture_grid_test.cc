#include "hourglass/report/picture_grid.h"

#include <gtest/gtest.h>

#include <cmath>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "report/read_png.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

// Pictures of 4x4 in which all pixels differ.
Tensor Pictures(int64_t count, int64_t channels = 1) {
  Tensor images({count, channels, 4, 4});
  for (int64_t i = 0; i < images.size(); ++i) images.data<float>()[i] = static_cast<float>(i % 97) / 97;
  return images;
}

PictureGrid Grid(int64_t channels = 1) {
  PictureGrid grid{
      .title = "A title", .row_labels = {"one", "two\nlines"}, .column_labels = {"a", "b", "c"}, .rows = {}};
  grid.rows.push_back(Pictures(3, channels));
  grid.rows.push_back(Pictures(3, channels));
  return grid;
}

TEST(PictureGrid, PixelsAreWholeBlocksAndClipped) {
  PictureGrid grid{.title = "", .row_labels = {}, .column_labels = {}, .rows = {}};
  grid.rows.push_back(Pictures(2));
  grid.rows[0].data<float>()[0] = -0.3F;
  grid.rows[0].data<float>()[1] = 1.7F;
  const Tensor picture = ComposePictures(grid, {.zoom = 3});
  ASSERT_EQ(picture.rows(), 12);
  const int64_t width = picture.shape()[1];
  const auto at = [&](int64_t y, int64_t x) { return picture.data<uint8_t>()[y * width + x]; };
  for (int64_t y = 0; y < 3; ++y) {
    for (int64_t x = 0; x < 3; ++x) {
      EXPECT_EQ(at(y, x), 0);
      EXPECT_EQ(at(y, x + 3), 255);
      EXPECT_EQ(at(y + 3, x), std::lround(4.0 / 97 * 255));
    }
  }
  EXPECT_EQ(at(0, 12), 255);                                   // the gap
  EXPECT_EQ(at(11, width - 1), std::lround(31.0 / 97 * 255));  // the last pixel of the last cell
}

TEST(PictureGrid, ABlockOfPixelsIsTheirMean) {
  PictureGrid grid{.title = "", .row_labels = {}, .column_labels = {}, .rows = {}};
  grid.rows.push_back(Pictures(1));
  const Tensor picture = ComposePictures(grid, {.block = 3});
  ASSERT_EQ(picture.shape(), (Shape{2, 2}));
  EXPECT_EQ(picture.data<uint8_t>()[0], std::lround((0 + 1 + 2 + 4 + 5 + 6 + 8 + 9 + 10) / 9.0 / 97 * 255));
  EXPECT_EQ(picture.data<uint8_t>()[3], std::lround(15.0 / 97 * 255));  // left over in the corner
}

TEST(PictureGrid, ColumnsHaveRoomForTheirLabels) {
  PictureGrid grid{.title = "", .row_labels = {}, .column_labels = {}, .rows = {}};
  grid.rows.push_back(Tensor({3, 1, 28, 28}));
  const int64_t width = ComposePictures(grid, {.zoom = 1}).shape()[1];
  grid.column_labels = {"1", "2\n#7", "σ"};
  EXPECT_EQ(ComposePictures(grid, {.zoom = 1}).shape()[1], width);
  grid.column_labels = {"phot…of_a_cat", "short", "猫"};  // of about 9 pixels per letter
  EXPECT_EQ(ComposePictures(grid, {.zoom = 1}).shape()[1], 2 * (13 * 9 + 8) + 28);
}

// Cairo draws at most 32,767 pixels per side.
TEST(PictureGrid, WhatIsTooLargeIsDrawnSmaller) {
  const test::TemporaryDirectory folder;
  const Figure figure{.folder = folder.path(), .name = "grid", .caption = {}, .alt_text = {}};
  PictureGrid grid{.title = "", .row_labels = {}, .column_labels = {}, .rows = {}};
  grid.rows.push_back(Tensor({10, 1, 1, 4000}));
  WritePictureGrid(figure, grid);
  EXPECT_EQ(test::ReadPng(folder / "grid.pixels.png").shape(), (Shape{1, 10 * 2000 + 9 * 4, 3}));
  grid.rows.clear();
  for (int i = 0; i < 300; ++i) grid.rows.push_back(Tensor({2, 1, 28, 28}));
  WritePictureGrid(figure, grid);
  EXPECT_EQ(test::ReadPng(folder / "grid.pixels.png").shape(),
            (Shape{300 * 3 * 28 + 299 * 4, 2 * 3 * 28 + 4, 3}));
  grid.rows.clear();
  grid.rows.push_back(Tensor({7000, 1, 1, 1}));
  EXPECT_THROW(WritePictureGrid(figure, grid), Error);
}

TEST(PictureGrid, GroupsHaveAWiderGap) {
  PictureGrid grid = Grid();
  const Shape before = ComposePictures(grid, {.zoom = 1}).shape();
  grid.group = 1;
  EXPECT_EQ(ComposePictures(grid, {.zoom = 1}).shape(), (Shape{before[0], before[1] + 2 * 20}));
  grid.group = 0;
  grid.row_group = 1;
  EXPECT_EQ(ComposePictures(grid, {.zoom = 1}).shape(), (Shape{before[0] + 20, before[1]}));
}

// The figure shows the cells pixel by pixel: gnuplot neither scales nor smooths them.
TEST(PictureGrid, TheFigureIsCrisp) {
  const test::TemporaryDirectory folder;
  for (const int64_t channels : {1, 2, 3, 4}) {
    const Figure figure{.folder = folder.path(), .name = "grid", .caption = {}, .alt_text = {}};
    WritePictureGrid(figure, Grid(channels));
    const Tensor cells = test::ReadPng(folder / "grid.pixels.png");
    EXPECT_EQ(cells.rows(), 2 * 112 + 4);
    EXPECT_TRUE(test::Contains(test::ReadPng(figure.png()), cells)) << channels << " channels";
  }
}

TEST(PictureGrid, TwoChannelsAreGrayAndFourAreColouredAndTheTitleSaysSo) {
  const test::TemporaryDirectory folder;
  const Figure figure{.folder = folder.path(), .name = "grid", .caption = {}, .alt_text = {}};
  const auto title_of = [&](int64_t channels) {
    WritePictureGrid(figure, Grid(channels));
    const std::string script = ReadFile(folder / "grid.gp");
    const size_t begin = script.find("A title");
    return script.substr(begin, script.find('\'', begin) - begin);
  };
  EXPECT_EQ(title_of(1), "A title");
  EXPECT_EQ(title_of(2), "A title; the first of 2 channels");
  EXPECT_EQ(title_of(3), "A title");
  EXPECT_EQ(title_of(4), "A title; the first three of 4 channels");
  for (const auto& [channels, drawn] : {std::pair(2, 1), std::pair(4, 3)}) {
    const Tensor picture = ComposePictures(Grid(channels), {.zoom = 1});
    EXPECT_EQ(picture.shape().rank() == 2 ? 1 : picture.shape()[2], drawn);
    const Tensor images = Pictures(3, channels);
    for (int c = 0; c < drawn; ++c) {  // the first pixel of the first picture
      EXPECT_EQ(picture.data<uint8_t>()[c], std::lround(images.data<float>()[16 * c] * 255));
    }
  }
}

TEST(PictureGrid, WhatDoesNotFitIsRefused) {
  PictureGrid grid = Grid();
  grid.row_labels.pop_back();
  EXPECT_THROW(ComposePictures(grid, {.zoom = 1}), Error);
  grid = Grid();
  grid.rows.push_back(Pictures(2));
  grid.row_labels.push_back("three");
  EXPECT_THROW(ComposePictures(grid, {.zoom = 1}), Error);
  EXPECT_THROW(ComposePictures(PictureGrid(), {.zoom = 1}), Error);
}

}  // namespace
}  // namespace hourglass
