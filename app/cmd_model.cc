// hourglass model: lists the built-in architectures and shows their TOML.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/commands.h"
#include "hourglass/model/architecture.h"

namespace hourglass::app {
namespace {

void PrintArchitectures() {
  for (const std::string& name : ArchitectureNames()) {
    fmt::print("{:<18}{}\n", name, ArchitectureTitle(name));
  }
}

}  // namespace

void AddModelCommand(const Command& program) {
  const Command model =
      program.AddCommand("model", "List architectures, show one as a TOML file",
                         "hourglass model list\n"
                         "hourglass model show conv > mine.toml       a custom architecture, to edit\n"
                         "hourglass summary --model mine.toml -z 8\n"
                         "hourglass train --model mine.toml -z 8");
  model.RequireCommand();
  model.AddCommand("list", "List the built-in architectures").OnRun(PrintArchitectures);
  const auto name = std::make_shared<std::string>();
  const Command show = model.AddCommand("show", "Show the TOML of an architecture");
  show.Add("name", *name, "An architecture's name").Required();
  show.OnRun([name] { fmt::print("{}", ArchitectureToml(*name)); });
}

}  // namespace hourglass::app
