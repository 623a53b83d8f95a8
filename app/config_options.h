// The configuration's keys as flags, for every command that trains.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/train/config.h"

namespace hourglass::app {

// Texts of the keys given as flags.
using KeyTexts = std::map<std::string, std::string>;

// The group of flags that a recipe has settings for.
inline constexpr char kInsteadOfRecipe[] = "Override the recipe";

CLI::Option* AddConfigFlag(CLI::App& command, const ConfigKey& key, KeyTexts& texts);

// The keys that were given, in the order of ConfigKeys().
std::vector<std::pair<std::string, std::string>> GivenKeys(const CLI::App& command, const KeyTexts& texts);

}  // namespace hourglass::app
