// The configuration's keys as flags, for every command that trains.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/command.h"
#include "hourglass/train/config.h"

namespace hourglass::app {

// Key given as a flag → its text.
using KeyTexts = std::map<std::string, std::string>;

// Help group of the flags that override a recipe's settings.
inline constexpr char kInsteadOfRecipe[] = "Override the recipe";

Flag AddConfigFlag(const Command& command, const ConfigKey& key, KeyTexts& texts);

// The keys given as flags, with their texts, in the order of ConfigKeys().
std::vector<std::pair<std::string, std::string>> GivenKeys(const Command& command, const KeyTexts& texts);

}  // namespace hourglass::app
