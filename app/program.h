// What the program's commands share besides the library: how much to say, and how a command ends early.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace hourglass::app {

// -q: results and errors only. -v: also what is normally not worth a line.
enum class Verbosity { kQuiet, kNormal, kVerbose };

// What -q and -v, given before or after the verb, say for `command`.
Verbosity VerbosityOf(const CLI::App& command);

// A command with those that it belongs to: "hourglass data info".
std::string FullName(const CLI::App& app);

// Writes `text` to stderr. Where that fails there is nobody left to tell, and no reason to lose what is being
// done.
void PrintMessage(std::string_view text);

// Whether `descriptor` is a terminal that can redraw a line.
bool IsTerminal(int descriptor);
// Whether text may be coloured there: such a terminal, and no NO_COLOR.
bool UseColour(int descriptor);

// Thrown by a command that was interrupted and has saved what it had; the program ends with exit code 130.
struct Interrupted {};

// `hourglass`'s own options and help; the subcommands are added by the caller.
void ConfigureProgram(CLI::App& app);

// Adds a subcommand; `app` owns it. Help shows its examples first, one command a line.
CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& description,
                     const std::string& examples = "");

// Parses, runs the command and turns whatever it throws into a message on stderr. Returns the exit code: 0
// ok, 1 failure, 2 usage, 3 bad data or model file, 4 diverged, 130 interrupted.
int RunProgram(CLI::App& app, int argc, char** argv);

}  // namespace hourglass::app
