// The subcommands. Add<Name>Command, defined in cmd_<name>.cc, adds one to the program; its callback parses,
// calls the library and prints. A callback throws hourglass::Error on any failure; main() prints it and
// chooses the exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace hourglass::app {

// In the order of the help. Completion describes the commands before it.
#define HOURGLASS_COMMANDS(COMMAND) \
  COMMAND(Train)                    \
  COMMAND(Summary)                  \
  COMMAND(Reconstruct)              \
  COMMAND(Denoise)                  \
  COMMAND(Interpolate)              \
  COMMAND(Generate)                 \
  COMMAND(Robustness)               \
  COMMAND(Neighbours)               \
  COMMAND(Encode)                   \
  COMMAND(Report)                   \
  COMMAND(Model)                    \
  COMMAND(Study)                    \
  COMMAND(Search)                   \
  COMMAND(Sweep)                    \
  COMMAND(Data)                     \
  COMMAND(Env)                      \
  COMMAND(Completion)

#define HOURGLASS_DECLARE(name) void Add##name##Command(CLI::App& app);
HOURGLASS_COMMANDS(HOURGLASS_DECLARE)
#undef HOURGLASS_DECLARE
void AddDataFetchCommand(CLI::App& data);  // called by AddDataCommand

}  // namespace hourglass::app
