// Tables on stdout.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hourglass::app {

// Columns as wide as their widest cell, the first `left` aligned left; each row is as long as the header. An
// empty line follows.
void PrintTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                size_t left);

}  // namespace hourglass::app
