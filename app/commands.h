// The subcommands. Add<Name>Command, defined in cmd_<name>.cc, adds one to the program. What it runs calls
// the library, prints the result, and throws hourglass::Error on any failure; the program prints the error
// and chooses the exit code.
#pragma once

#include "app/cli/command.h"

namespace hourglass::app {

// In the order of the help.
#define HOURGLASS_COMMANDS(COMMAND) \
  COMMAND(Train)                    \
  COMMAND(Summary)                  \
  COMMAND(Reconstruct)              \
  COMMAND(Denoise)                  \
  COMMAND(Interpolate)              \
  COMMAND(Generate)                 \
  COMMAND(Traverse)                 \
  COMMAND(Likelihood)               \
  COMMAND(Robustness)               \
  COMMAND(Neighbours)               \
  COMMAND(Map)                      \
  COMMAND(Encode)                   \
  COMMAND(Report)                   \
  COMMAND(Model)                    \
  COMMAND(Study)                    \
  COMMAND(Search)                   \
  COMMAND(Sweep)                    \
  COMMAND(Data)                     \
  COMMAND(Doctor)                   \
  COMMAND(Env)                      \
  COMMAND(Completion)

#define HOURGLASS_DECLARE(name) void Add##name##Command(const Command& program);
HOURGLASS_COMMANDS(HOURGLASS_DECLARE)
#undef HOURGLASS_DECLARE
void AddDataCheckCommand(const Command& data);
void AddDataPackCommand(const Command& data);
void AddDataCacheCommand(const Command& data);
void AddDataFetchCommand(const Command& data);  // called by AddDataCommand

}  // namespace hourglass::app
