// What every figure is on the disk: stable names, and beside the pictures the data and the gnuplot script
// that drew them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hourglass {

// Figure `name` in `folder`: <name>.png and <name>.svg, drawn by <name>.gp from its data (<name>.csv or
// <name>.pixels.png), and <name>.json, which keeps caption and alternative text for a report. `gnuplot
// <name>.gp` in that folder draws it anew.
struct Figure {
  std::filesystem::path folder;
  std::string name;
  std::string caption;   // a sentence or two below the figure
  std::string alt_text;  // for those who cannot see it
  // checksum() of the one model that it shows, so that a report can tell whether it is its own.
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
  int png_scale = 1;      // 2 draws the PNG with twice as many pixels each way
  std::string data_name;  // "loss.csv"
  std::string data;       // its bytes
};

// Draws `source` as PNG and SVG in a temporary folder and moves the figure's files into place one by one;
// creates the folder. Throws a system Error with gnuplot's output if it fails, and with a hint if it is not
// installed.
void WriteFigure(const Figure& figure, const FigureSource& source);

// The figure `name` of `folder` as WriteFigure left it. Throws a data Error when its files are not there.
Figure ReadFigure(const std::filesystem::path& folder, const std::string& name);

// `text`, to be shown, as a string of a gnuplot script, whatever it contains; a newline stays one, and what
// is not UTF-8, which would leave an SVG that no viewer opens, becomes U+FFFD.
std::string GnuplotString(std::string_view text);
// Likewise the name of a file, which may hold any byte and keeps it.
std::string GnuplotFileName(std::string_view name);

}  // namespace hourglass
