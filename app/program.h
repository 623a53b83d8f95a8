// Shared by all commands: verbosity, messages, and how a command ends early.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace hourglass::app {

// -q: results and errors only. -v: minor details too.
enum class Verbosity { kQuiet, kNormal, kVerbose };

// The verbosity of `command`, from -q and -v before or after the verb.
Verbosity VerbosityOf(const CLI::App& command);

// A command with its parents: "hourglass data info".
std::string FullName(const CLI::App& app);

// Writes `text` to stderr. Failures are ignored, so that the work continues.
void PrintMessage(std::string_view text);

// Whether `descriptor` is a terminal that can redraw a line.
bool IsTerminal(int descriptor);
// Whether text may be coloured: `descriptor` is such a terminal, and NO_COLOR is not set.
bool UseColour(int descriptor);

// Thrown by an interrupted command after it saved its work; the program ends with exit code 130.
struct Interrupted {};

// Adds the options and help of `hourglass` itself. The caller adds the subcommands.
void ConfigureProgram(CLI::App& app);

// Adds a subcommand; `app` owns it. Help shows its examples first, one command per line.
CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& description,
                     const std::string& examples = "");

// Parses, runs the command and turns whatever it throws into a message on stderr. Returns the exit code: 0
// ok, 1 failure, 2 usage, 3 bad data or model file, 4 diverged, 130 interrupted.
int RunProgram(CLI::App& app, int argc, char** argv);

}  // namespace hourglass::app
