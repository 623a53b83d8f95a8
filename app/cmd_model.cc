// hourglass model: lists the built-in architectures and shows their TOML.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/commands.h"
#include "app/program.h"
#include "hourglass/model/architecture.h"

namespace hourglass::app {
namespace {

void PrintArchitectures() {
  for (const std::string& name : ArchitectureNames()) {
    fmt::print("{:<18}{}\n", name, ArchitectureTitle(name));
  }
}

}  // namespace

void AddModelCommand(CLI::App& app) {
  CLI::App* model = AddCommand(app, "model", "List architectures, show one as a TOML file",
                               "hourglass model list\n"
                               "hourglass model show conv > mine.toml       a custom architecture, to edit\n"
                               "hourglass summary --model mine.toml -z 8\n"
                               "hourglass train --model mine.toml -z 8");
  model->require_subcommand(1);
  AddCommand(*model, "list", "List the built-in architectures")->callback(PrintArchitectures);
  const auto name = std::make_shared<std::string>();
  CLI::App* show = AddCommand(*model, "show", "Show the TOML of an architecture");
  show->add_option("name", *name, "An architecture's name")->required();
  show->callback([name] { fmt::print("{}", ArchitectureToml(*name)); });
}

}  // namespace hourglass::app
