#include "app/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::app {

void PrintTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                size_t left) {
  std::vector<size_t> widths;
  for (size_t column = 0; column < header.size(); ++column) {
    size_t width = header[column].size();
    for (const auto& row : rows) width = std::max(width, row[column].size());
    widths.push_back(width);
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      if (column > 0) line += "  ";
      line += column < left ? fmt::format("{:<{}}", row[column], widths[column])
                            : fmt::format("{:>{}}", row[column], widths[column]);
    }
    fmt::print("{}\n", line);
  };
  print(header);
  for (const auto& row : rows) print(row);
  fmt::print("\n");
}

}  // namespace hourglass::app
