// Figures on disk. Names are stable, and each picture has its data and gnuplot script beside it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hourglass {

// Figure `name` in `folder`: <name>.png and <name>.svg, drawn by <name>.gp from its data (<name>.csv or
// <name>.pixels.png), and <name>.json, which keeps caption and alternative text for a report. `gnuplot
// <name>.gp` in that folder redraws it.
struct Figure {
  std::filesystem::path folder;
  std::string name;
  std::string caption;   // a sentence or two below the figure
  std::string alt_text;  // for readers who cannot see it
  // checksum() of the model, if it shows only one, so that a report can detect figures of another model.
  std::string model = {};

  std::filesystem::path png() const { return folder / (name + ".png"); }
  std::filesystem::path svg() const { return folder / (name + ".svg"); }
};

// A figure's script and data before they are drawn. The script reads the data by file name alone.
struct FigureSource {
  std::string script;  // gnuplot commands, without terminal and output; the last one draws
  int width = 0;       // in pixels
  int height = 0;
  int font_size = 0;      // in pixels
  int png_scale = 1;      // 2: twice as many PNG pixels in each direction
  std::string data_name;  // "loss.csv"
  std::string data;       // its bytes
};

// Draws `source` as PNG and SVG in a temporary folder and moves the figure's files into place one by one;
// creates the folder. Throws a system Error with gnuplot's output if it fails, and with a hint if it is not
// installed.
void WriteFigure(const Figure& figure, const FigureSource& source);

// Reads figure `name` in `folder`, written by WriteFigure. Throws a data Error if its files are missing.
Figure ReadFigure(const std::filesystem::path& folder, const std::string& name);

// `text` as a string literal of a gnuplot script. Newlines are kept; bytes that are not UTF-8, which would
// break the SVG, become U+FFFD.
std::string GnuplotString(std::string_view text);
// The same for a file name, but keeps all bytes.
std::string GnuplotFileName(std::string_view name);

}  // namespace hourglass
