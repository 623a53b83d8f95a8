// The configuration's keys as flags, for every command that trains.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/train/config.h"

namespace hourglass::app {

// Key given as a flag → its text.
using KeyTexts = std::map<std::string, std::string>;

// Help group of the flags that override a recipe's settings.
inline constexpr char kInsteadOfRecipe[] = "Override the recipe";

CLI::Option* AddConfigFlag(CLI::App& command, const ConfigKey& key, KeyTexts& texts);

// The keys given as flags, with their texts, in the order of ConfigKeys().
std::vector<std::pair<std::string, std::string>> GivenKeys(const CLI::App& command, const KeyTexts& texts);

}  // namespace hourglass::app
