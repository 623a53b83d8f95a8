#include "app/data_options.h"

#include <fmt/format.h>

#include "app/checks.h"
#include "app/messages.h"
#include "hourglass/core/error.h"

namespace hourglass::app {

void AddAxes(const Command& command, AxisOrder& axes) {
  command
      .AddRead(
          "--axes", [&axes](const std::string& name) { axes = ParseAxisOrder(name); },
          "Axis order of image files")
      .Check(OneOf(AxisOrderNames()))
      .Type("ORDER")
      .ShowDefault("auto");
}

void RefuseFlags(const Command& command, const std::vector<std::string>& flags, const std::string& why) {
  for (const std::string& flag : flags) {
    if (command.Given(flag))
      throw UsageError({.what = fmt::format("{} has no effect here", flag), .hint = why});
  }
}

void PrintNote(const Command& command, const DataSplits& data) {
  if (data.note.empty() || command.verbosity() == Verbosity::kQuiet) return;
  PrintMessage(fmt::format("note: {}\n", data.note));
}

}  // namespace hourglass::app
