// Tables on stdout.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hourglass::app {

// Prints each column as wide as its widest cell, the first `left` columns left-aligned, the others
// right-aligned; then an empty line. Each row has as many cells as the header.
void PrintTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                size_t left);

}  // namespace hourglass::app
