// The program: its options and help, and how it ends.
#pragma once

#include <functional>
#include <memory>

#include "app/cli/command.h"

namespace hourglass::app {

class Program {
 public:
  Program();  // without commands
  ~Program();

  Command root() const { return Command(app_.get()); }

  // Calls `before`, parses, runs the chosen command and turns whatever it throws into a message on stderr.
  // Returns the exit code: 0 ok, 1 failure, 2 usage, 3 bad data or model file, 4 diverged, 130 interrupted.
  int Run(
      int argc, char** argv, const std::function<void()>& before = [] {});

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace hourglass::app
