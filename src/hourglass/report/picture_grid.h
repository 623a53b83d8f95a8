// Images in labelled rows and columns. Pixels are crisp at an integer zoom (means of blocks if there are too
// many); 0 is black. With three or more channels, the first three are red, green and blue; with one or two,
// the first is gray. The title says if channels are left out.
#pragma once

#include <string>
#include <vector>

#include "hourglass/core/tensor.h"
#include "hourglass/report/figure.h"

namespace hourglass {

// Vermilion and dashed, or blue and solid.
enum class FrameStyle { kLost, kKept };

struct CellFrame {
  int row = 0, column = 0;
  FrameStyle style = FrameStyle::kKept;
};

struct PictureGrid {
  std::string title;                       // may be empty
  std::vector<std::string> row_labels;     // one per row, or none; "\n" breaks a line
  std::vector<std::string> column_labels;  // one per column, or none
  std::vector<Tensor> rows;                // f32 [columns, C, H, W]; values are clipped to [0, 1]
  int group = 0;                           // a wider gap after every `group` columns; 0: none
  int row_group = 0;                       // the same for rows
  std::vector<CellFrame> frames = {};      // around cells
};

// Draws the grid; the data beside it is <name>.pixels.png, the zoomed cells without labels. Throws a usage
// Error if rows have different shapes, labels do not fit the rows and columns, or there are too many cells.
void WritePictureGrid(const Figure& figure, const PictureGrid& grid);

// How an image becomes a cell: each pixel fills zoom × zoom pixels, or each block × block pixels become one,
// their mean.
struct PictureScale {
  int zoom = 1, block = 1;
};

// The cells alone, without labels: u8 [H, W] or [H, W, 3].
Tensor ComposePictures(const PictureGrid& grid, PictureScale scale);

}  // namespace hourglass
