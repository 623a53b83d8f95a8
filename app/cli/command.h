// Commands and their flags. A thin layer over CLI11: only this folder includes its headers, which take
// seconds to compile.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/checks.h"
#include "app/messages.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hourglass::app {

// A flag or a positional argument of a command. Every function returns the flag itself.
class Flag {
 public:
  explicit Flag(CLI::Option* option) : option_(option) {}

  // What the help shows: the heading above the flag, the type of its value ("FILE") and its default. Without
  // a text, the default is the variable's present value.
  Flag Group(const std::string& heading) const;
  Flag Type(const std::string& name) const;
  Flag ShowDefault() const;
  Flag ShowDefault(const std::string& text) const;

  Flag Required() const;
  Flag Check(TextCheck check) const;
  Flag Needs(Flag other) const;
  Flag Excludes(Flag other) const;
  // Read from this variable of the environment if the flag is not given.
  Flag Environment(const std::string& variable) const;

  // For a variable that is a list. What follows the flag's value is not part of it.
  Flag SplitAt(char delimiter) const;  // 1,2,3
  Flag Repeatable() const;             // one value per flag
  // For a positional argument that is a list: how many values, separated by spaces.
  Flag Values(int least, int most) const;

  bool given() const;

 private:
  CLI::Option* option_;
};

// A command of the program, or the program itself.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  // Adds a subcommand. Its help shows the examples first, one command per line.
  Command AddCommand(const std::string& name, const std::string& description,
                     const std::string& examples = "") const;
  void RequireCommand() const;  // one of its subcommands must be given
  void Hide() const;            // from help and completion
  void OnRun(std::function<void()> run) const;

  // Adds a flag ("-o,--out") or, for a name without dashes, a positional argument. Its value goes to `value`,
  // which must outlive the command. T is one of the types that command.cc lists.
  template <class T>
  Flag Add(const std::string& names, T& value, const std::string& help) const;
  // Adds a flag whose text goes to `read`.
  Flag AddRead(const std::string& names, std::function<void(const std::string& text)> read,
               const std::string& help) const;
  // Adds a flag without a value.
  Flag AddSwitch(const std::string& names, bool& value, const std::string& help) const;

  // The last text given for `flag` ("--out"), or nothing.
  std::optional<std::string> Text(const std::string& flag) const;
  bool Given(const std::string& flag) const { return Text(flag).has_value(); }

  // From -q and -v before or after the verb.
  Verbosity verbosity() const;

  CLI::App& app() const { return *app_; }  // for completion and the manual page

 private:
  CLI::App* app_;
};

}  // namespace hourglass::app
