// Settings in a table that is part of a larger TOML file: [train] of a recipe.
#pragma once

#include <string>

#include "hourglass/core/toml_reader.h"
#include "hourglass/train/config.h"

namespace hourglass {

// Sets every key of `table`, which was read from `where`; errors name the key and its line.
void SetConfigFromToml(ResolvedConfig& config, const toml::table& table, const std::string& where);

}  // namespace hourglass
