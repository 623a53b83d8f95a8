#include "hourglass/report/picture_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/report/png.h"

namespace hourglass {
namespace {

constexpr int kGap = 4, kGroupGap = 20, kMargin = 12, kGridFontSize = 15;
constexpr int kLineHeight = 20, kLetterWidth = 9;  // generous for kGridFontSize
// For all cells together. Cairo draws sides of up to 32,767 pixels; the rest is for labels.
constexpr int64_t kLargestSide = 30000, kLargestArea = 100'000'000;

// Positions of cells in the composed picture, in pixels.
struct Layout {
  int64_t rows = 0, columns = 0;
  int channels = 0;  // drawn: 1 or 3
  int64_t image_height = 0, image_width = 0;
  int64_t cell_height = 0, cell_width = 0;  // scaled
  int64_t column_gap = kGap;
  PictureScale scale = {};
  int group = 0, row_group = 0;

  int64_t Left(int64_t column) const {
    return column * (cell_width + column_gap) + (group > 0 ? column / group * kGroupGap : 0);
  }
  int64_t Top(int64_t row) const {
    return row * (cell_height + kGap) + (row_group > 0 ? row / row_group * kGroupGap : 0);
  }
  int64_t width() const { return Left(columns - 1) + cell_width; }
  int64_t height() const { return Top(rows - 1) + cell_height; }
  bool fits() const {
    return width() <= kLargestSide && height() <= kLargestSide && width() * height() <= kLargestArea;
  }
};

void CheckGrid(const PictureGrid& grid) {
  if (grid.rows.empty()) throw UsageError({.what = "a picture grid needs at least one row"});
  const Shape& shape = grid.rows.front().shape();
  if (shape.rank() != 4 || shape.size() == 0) {
    throw UsageError({.what = "the rows are not pictures",
                      .expected = "[columns, channels, H, W]",
                      .got = shape.ToString()});
  }
  for (const Tensor& row : grid.rows) {
    if (row.shape() == shape) continue;
    throw UsageError({.what = "the rows of a picture grid differ in shape",
                      .expected = shape.ToString(),
                      .got = row.shape().ToString()});
  }
  const auto fits = [](const std::vector<std::string>& labels, size_t count) {
    return labels.empty() || labels.size() == count;
  };
  if (!fits(grid.row_labels, grid.rows.size()) || !fits(grid.column_labels, static_cast<size_t>(shape[0]))) {
    throw UsageError(
        {.what = "the labels of a picture grid do not fit its rows and columns",
         .expected = fmt::format("{} rows, {} columns", grid.rows.size(), shape[0]),
         .got = fmt::format("{} and {} labels", grid.row_labels.size(), grid.column_labels.size())});
  }
}

struct TextSize {
  int letters = 0, lines = 0;
};
TextSize MeasureText(const std::vector<std::string>& labels) {
  TextSize size;
  for (const std::string& label : labels) {
    int lines = 1;
    std::string_view rest = label;
    for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      size.letters = std::max(size.letters, static_cast<int>(Columns(rest.substr(0, end))));
      rest.remove_prefix(end + 1);
      ++lines;
    }
    size.letters = std::max(size.letters, static_cast<int>(Columns(rest)));
    size.lines = std::max(size.lines, lines);
  }
  return size;
}

Layout MakeLayout(const PictureGrid& grid, PictureScale scale) {
  const Shape& shape = grid.rows.front().shape();
  const auto scaled = [&](int64_t size) { return (size + scale.block - 1) / scale.block * scale.zoom; };
  const int64_t label_width = MeasureText(grid.column_labels).letters * kLetterWidth + 2 * kGap;
  return {.rows = static_cast<int64_t>(grid.rows.size()),
          .columns = shape[0],
          .channels = shape[1] < 3 ? 1 : 3,
          .image_height = shape[2],
          .image_width = shape[3],
          .cell_height = scaled(shape[2]),
          .cell_width = scaled(shape[3]),
          .column_gap = std::max<int64_t>(kGap, label_width - scaled(shape[3])),
          .scale = scale,
          .group = grid.group,
          .row_group = grid.row_group};
}

// The grid's title, with the drawn channels if some are left out.
std::string TitleOf(const PictureGrid& grid) {
  const int64_t channels = grid.rows.front().shape()[1];
  if (channels == 1 || channels == 3) return grid.title;
  const std::string drawn = channels == 2 ? "the first" : "the first three";
  return fmt::format("{}{}{} of {} channels", grid.title, grid.title.empty() ? "" : "; ", drawn, channels);
}

// Cells of about 112 pixels if few stand side by side, 56 if many, else 84.
int ChooseZoom(const Shape& shape) {
  const double target = shape[0] <= 4 ? 112 : shape[0] <= 12 ? 84 : 56;
  return std::max(1,
                  static_cast<int>(std::lround(target / static_cast<double>(std::max(shape[2], shape[3])))));
}

// Scales the cells to the best visible size, or to the largest that can be drawn.
Layout ChooseLayout(const PictureGrid& grid) {
  const Shape& shape = grid.rows.front().shape();
  PictureScale scale = {.zoom = ChooseZoom(shape)};
  Layout layout = MakeLayout(grid, scale);
  while (!layout.fits() && (scale.zoom > 1 || scale.block < std::max(shape[2], shape[3]))) {
    if (scale.zoom > 1) {
      --scale.zoom;
    } else {
      ++scale.block;
    }
    layout = MakeLayout(grid, scale);
  }
  if (layout.fits()) return layout;
  throw UsageError(
      {.what = "too many images for one picture",
       .expected = fmt::format("at most {} × {}", kLargestSide / (1 + kGap), kLargestSide / (1 + kGap)),
       .got = fmt::format("{} rows of {}", layout.rows, layout.columns),
       .hint = "choose fewer"});
}

uint8_t ToByte(float value) {
  // NaN is drawn as 0, like every value that is not above 0.
  return value > 0 ? static_cast<uint8_t>(std::lround(std::min(value, 1.0F) * 255.0F)) : uint8_t{0};
}

// The mean of the block of pixels of one channel that begins at (top, left).
float BlockMean(const Layout& layout, const float* channel, int64_t top, int64_t left) {
  const int64_t bottom = std::min(top + layout.scale.block, layout.image_height);
  const int64_t right = std::min(left + layout.scale.block, layout.image_width);
  float sum = 0;
  for (int64_t y = top; y < bottom; ++y) {
    for (int64_t x = left; x < right; ++x) sum += channel[y * layout.image_width + x];
  }
  return sum / static_cast<float>((bottom - top) * (right - left));
}

void DrawCell(const Layout& layout, const float* image, int64_t top, int64_t left, Tensor& picture) {
  const auto [zoom, block] = layout.scale;
  for (int64_t y = 0; y < layout.cell_height; ++y) {
    uint8_t* to = picture.data<uint8_t>() + ((top + y) * layout.width() + left) * layout.channels;
    for (int64_t x = 0; x < layout.cell_width; ++x) {
      for (int c = 0; c < layout.channels; ++c) {
        const float* channel = image + c * layout.image_height * layout.image_width;
        *to++ = ToByte(BlockMean(layout, channel, y / zoom * block, x / zoom * block));
      }
    }
  }
}

// Pixel edge `at` of `size` in gnuplot's screen coordinates. Its pngcairo terminal puts 0 and 1 on the
// centres of the outer pixels; with this formula, cells fall on whole pixels and stay crisp.
double Screen(double at, int size) {
  return (at - 0.5) / (size - 1);
}

// A label at a position in pixels from the figure's upper left corner.
std::string LabelCommand(const std::string& text, double x, double y, int width, int height,
                         const char* align) {
  // gnuplot places the first line at the position; the shift by half of the other lines centres the label.
  const double lines = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
  return fmt::format("set label {} at screen {:.6f}, screen {:.6f} {} front\n", GnuplotString(text),
                     x / width, 1.0 - (y - lines * kLineHeight / 2) / height, align);
}

// The axes count pixels of the composed picture, upwards.
std::string FrameCommands(const PictureGrid& grid, const Layout& cells) {
  std::string script;
  for (const CellFrame& frame : grid.frames) {
    const int64_t left = cells.Left(frame.column), top = cells.height() - cells.Top(frame.row);
    const bool lost = frame.style == FrameStyle::kLost;
    script += fmt::format(
        "set object rectangle from {},{} to {},{} front fillstyle empty border linecolor '{}' linewidth 2.5 "
        "dashtype {}\n",
        left, top - cells.cell_height, left + cells.cell_width, top, lost ? "#D55E00" : "#0072B2",
        lost ? "'-'" : "1");
  }
  return script;
}

}  // namespace

Tensor ComposePictures(const PictureGrid& grid, PictureScale scale) {
  CheckGrid(grid);
  const Layout layout = MakeLayout(grid, scale);
  Tensor picture(layout.channels == 1 ? Shape{layout.height(), layout.width()}
                                      : Shape{layout.height(), layout.width(), 3},
                 DType::kU8);
  std::memset(picture.raw(), 0xFF, picture.byte_size());
  for (int64_t row = 0; row < layout.rows; ++row) {
    const Tensor& images = grid.rows[static_cast<size_t>(row)];
    for (int64_t column = 0; column < layout.columns; ++column) {
      DrawCell(layout, images.data<float>() + column * images.row_size(), layout.Top(row),
               layout.Left(column), picture);
    }
  }
  return picture;
}

void WritePictureGrid(const Figure& figure, const PictureGrid& grid) {
  CheckGrid(grid);
  const Layout cells = ChooseLayout(grid);
  const auto cells_width = static_cast<int>(cells.width()), cells_height = static_cast<int>(cells.height());
  const TextSize row_text = MeasureText(grid.row_labels), column_text = MeasureText(grid.column_labels);
  const std::string title = TitleOf(grid);
  const int title_height = title.empty() ? 0 : kLineHeight + 8;
  const int row_room = row_text.letters > 0 ? row_text.letters * kLetterWidth + 8 : 0;
  const int overhang = static_cast<int>(cells.column_gap - kGap) / 2;  // of the outer column labels
  const int left = kMargin + std::max(row_room, overhang);
  const int top = kMargin + title_height + (column_text.lines > 0 ? column_text.lines * kLineHeight + 4 : 0);
  const int title_width = MeasureText({title}).letters * kLetterWidth + 2 * kMargin;
  const int width = std::max(left + cells_width + kMargin + overhang, title_width);
  const int height = top + cells_height + kMargin;

  std::string script = "unset border\nunset tics\nunset key\n";
  script += fmt::format("set lmargin at screen {:.9f}\nset rmargin at screen {:.9f}\n", Screen(left, width),
                        Screen(left + cells_width, width));
  script += fmt::format("set tmargin at screen {:.9f}\nset bmargin at screen {:.9f}\n",
                        1.0 - Screen(top, height), 1.0 - Screen(top + cells_height, height));
  script += fmt::format("set xrange [0:{}]\nset yrange [0:{}]\n", cells_width, cells_height);
  if (!title.empty()) {
    script += LabelCommand(title, width / 2.0, kMargin + kLineHeight / 2.0, width, height, "center");
  }
  for (size_t i = 0; i < grid.row_labels.size(); ++i) {
    const double y = top + static_cast<double>(cells.Top(static_cast<int64_t>(i))) +
                     static_cast<double>(cells.cell_height) / 2;
    script += LabelCommand(grid.row_labels[i], left - 8, y, width, height, "right");
  }
  for (size_t i = 0; i < grid.column_labels.size(); ++i) {
    const double x = left + static_cast<double>(cells.Left(static_cast<int64_t>(i))) +
                     static_cast<double>(cells.cell_width) / 2;
    const double y = top - 4 - column_text.lines * kLineHeight / 2.0;
    script += LabelCommand(grid.column_labels[i], x, y, width, height, "center");
  }
  script += FrameCommands(grid, cells);
  const std::string data = figure.name + ".pixels.png";
  script += fmt::format("plot {} binary filetype=png origin=(0.5,0.5) dx=1 dy=1 with rgbimage\n",
                        GnuplotFileName(data));
  WriteFigure(figure, {.script = script,
                       .width = width,
                       .height = height,
                       .font_size = kGridFontSize,
                       .png_scale = 1,
                       .data_name = data,
                       .data = EncodePng(ComposePictures(grid, cells.scale))});
}

}  // namespace hourglass
