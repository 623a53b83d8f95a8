// The name of a command with its parents.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace hourglass::app {

// "hourglass data info"
inline std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : FullName(*app.get_parent()) + " " + app.get_name();
}

}  // namespace hourglass::app
