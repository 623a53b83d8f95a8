// Reads settings from a table of a larger TOML file: [train] of a recipe.
#pragma once

#include <string>

#include "hourglass/core/toml_reader.h"
#include "hourglass/train/config.h"

namespace hourglass {

// Sets every key of `table`, read from `where`; errors name the key and its line.
void SetConfigFromToml(ResolvedConfig& config, const toml::table& table, const std::string& where);

}  // namespace hourglass
