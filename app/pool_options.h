// What the commands that train many runs side by side share: their flags and what these mean.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "app/config_options.h"
#include "hourglass/data/dataset.h"
#include "hourglass/study/recipe.h"
#include "hourglass/tune/run_pool.h"

namespace hourglass::app {

struct PoolFlags {
  std::string recipe;
  std::filesystem::path config, out;
  KeyTexts keys;
  int jobs = 0;
  bool quick = false, no_report = false, json = false;
};

// --out (`out` says where it goes without), --config, --jobs, --quick, --no-report, --json and a flag for
// each configuration key.
void AddPoolFlags(CLI::App& command, PoolFlags& flags, const std::string& out);

// What all runs have in common: the recipe's [train], under the file of --config, under the environment,
// under the flags. Throws a usage Error when one of the latter two sets a key of `varied`, which the runs
// vary.
ResolvedConfig ConfigOf(const CLI::App& command, const PoolFlags& flags, const Recipe& recipe,
                        const std::vector<std::string>& varied);

// The folder of --out, or else `otherwise`.
std::filesystem::path OutOf(const PoolFlags& flags, const std::filesystem::path& otherwise);

PoolOptions PoolOptionsOf(const PoolFlags& flags);

// Says what begins: model, data, how much of what side by side.
void PrintPool(const CLI::App& command, const ResolvedConfig& config, const DataSplits& data,
               const std::string& what, const PoolFlags& flags);

}  // namespace hourglass::app
