#include "app/pool_options.h"

#include <fmt/format.h>

#include "app/checks.h"
#include "app/messages.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/host.h"

namespace hourglass::app {

void AddPoolFlags(const Command& command, PoolFlags& flags, const std::string& out) {
  command.Add("-o,--out", flags.out, fmt::format("Folder for results, new or to resume [{}]", out))
      .Type("DIR");
  command.Add("--config", flags.config, "TOML file of settings, such as best.toml").Type("FILE");
  command.Add("--jobs", flags.jobs, "Runs side by side [one per core]").Check(WholeNumber(1, 4096));
  command.AddSwitch("--quick", flags.quick, "Train for a tenth of the epochs");
  command.AddSwitch("--no-report", flags.no_report, "Draw no figures, write no report");
  command.AddSwitch("--json", flags.json, "Print the outcome as JSON");
  for (const ConfigKey& key : ConfigKeys()) {
    AddConfigFlag(command, key, flags.keys).Group(kInsteadOfRecipe);
  }
}

ResolvedConfig ConfigOf(const Command& command, const PoolFlags& flags, const Recipe& recipe,
                        const std::vector<std::string>& varied) {
  ResolvedConfig config = recipe.train;
  if (!flags.config.empty()) OverrideConfig(config, ResolveConfig(flags.config, {}, {}));
  const ResolvedConfig over = ResolveConfig({}, HourglassVariables(), GivenKeys(command, flags.keys));
  for (const std::string& key : varied) {
    const auto origin = over.origins.find(key);
    if (origin == over.origins.end()) continue;
    throw UsageError(
        {.what = fmt::format("{} cannot be set: '{}' varies between the runs", origin->second, key),
         .hint = "leave it out, or do not vary it"});
  }
  OverrideConfig(config, over);
  return config;
}

std::filesystem::path OutOf(const PoolFlags& flags, const std::filesystem::path& otherwise) {
  return flags.out.empty() ? otherwise : flags.out;
}

PoolOptions PoolOptionsOf(const PoolFlags& flags) {
  return {.jobs = flags.jobs, .arguments = ProcessArguments()};
}

void PrintPool(const Command& command, const ResolvedConfig& config, const DataSplits& data,
               const std::string& what, const PoolFlags& flags) {
  if (command.verbosity() == Verbosity::kQuiet) return;
  PrintMessage(fmt::format("data    {}: {} train and {} {} images\n", data.name, data.train->size(),
                           data.held_out->size(), data.held_out_name));
  PrintMessage(fmt::format("runs    {}, {} side by side{}\n", what, PoolJobs(config.values, flags.jobs),
                           flags.quick ? ", quick: a tenth of the epochs each" : ""));
}

}  // namespace hourglass::app
