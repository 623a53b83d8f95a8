#include "app/data_options.h"

#include <fmt/format.h>

#include "app/program.h"

namespace hourglass::app {

void AddAxes(CLI::App& command, AxisOrder& axes) {
  command
      .add_option_function<std::string>(
          "--axes", [&axes](const std::string& name) { axes = ParseAxisOrder(name); },
          "Axis order of image files")
      ->check(CLI::IsMember(AxisOrderNames()))
      ->option_text("ORDER [auto]");
}

void PrintNote(const CLI::App& command, const DataSplits& data) {
  if (data.note.empty() || VerbosityOf(command) == Verbosity::kQuiet) return;
  PrintMessage(fmt::format("note: {}\n", data.note));
}

}  // namespace hourglass::app
