// Shared by the commands that train many runs side by side: their flags and how to apply them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/command.h"
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

// --out (default: `out`), --config, --jobs, --quick, --no-report, --json and one flag per configuration key.
void AddPoolFlags(const Command& command, PoolFlags& flags, const std::string& out);

// The configuration of all runs: the recipe's [train], overridden by the --config file, the environment and
// the flags, in this order. `varied` lists the keys that differ between the runs. Throws a usage Error if the
// environment or a flag sets one of them.
ResolvedConfig ConfigOf(const Command& command, const PoolFlags& flags, const Recipe& recipe,
                        const std::vector<std::string>& varied);

// The folder of --out, or else `otherwise`.
std::filesystem::path OutOf(const PoolFlags& flags, const std::filesystem::path& otherwise);

PoolOptions PoolOptionsOf(const PoolFlags& flags);

// Prints the data, `what` ("16 trials") and how many runs train side by side.
void PrintPool(const Command& command, const ResolvedConfig& config, const DataSplits& data,
               const std::string& what, const PoolFlags& flags);

}  // namespace hourglass::app
