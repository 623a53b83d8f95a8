// A text file compiled into the program. CMake's hourglass_built_in_texts generates the list of them.
#pragma once

#include <span>
#include <string_view>

namespace hourglass {

struct BuiltInText {
  std::string_view name;  // the file's name without .toml
  std::string_view toml;
};

}  // namespace hourglass
