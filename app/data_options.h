// Shared by the commands that open data by name or path.
#pragma once

#include <CLI/CLI.hpp>

#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"

namespace hourglass::app {

// Adds --axes.
void AddAxes(CLI::App& command, AxisOrder& axes);

// Prints guesses about the data to stderr, unless -q silences `command`.
void PrintNote(const CLI::App& command, const DataSplits& data);

}  // namespace hourglass::app
