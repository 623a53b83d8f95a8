// Shared by the commands that open data by name or path.
#pragma once

#include "app/cli/command.h"
#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"

namespace hourglass::app {

// Adds --axes.
void AddAxes(const Command& command, AxisOrder& axes);

// Prints guesses about the data to stderr, unless -q silences `command`.
void PrintNote(const Command& command, const DataSplits& data);

}  // namespace hourglass::app
