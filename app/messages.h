// What a command tells the user on stderr, and how much.
#pragma once

#include <string_view>

namespace hourglass::app {

// -q: results and errors only. -v: minor details too.
enum class Verbosity { kQuiet, kNormal, kVerbose };

// Writes `text` to stderr. Failures are ignored, so that the work continues.
void PrintMessage(std::string_view text);

// Whether `descriptor` is a terminal that can redraw a line.
bool IsTerminal(int descriptor);
// Whether text may be coloured there: such a terminal, and no NO_COLOR.
bool UseColour(int descriptor);

}  // namespace hourglass::app
