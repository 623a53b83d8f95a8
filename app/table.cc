#include "app/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/text.h"

namespace hourglass::app {
namespace {

std::string Padding(const std::string& cell, size_t width) {
  return std::string(width - Columns(cell), ' ');
}

}  // namespace

void PrintTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                size_t left) {
  std::vector<size_t> widths;
  for (size_t column = 0; column < header.size(); ++column) {
    size_t width = Columns(header[column]);
    for (const auto& row : rows) width = std::max(width, Columns(row[column]));
    widths.push_back(width);
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      if (column > 0) line += "  ";
      const std::string padding = Padding(row[column], widths[column]);
      line += column < left ? row[column] + padding : padding + row[column];
    }
    fmt::print("{}\n", line);
  };
  print(header);
  for (const auto& row : rows) print(row);
  fmt::print("\n");
}

}  // namespace hourglass::app
