// What the commands that open data by name or path share.
#pragma once

#include <CLI/CLI.hpp>

#include "hourglass/data/axis_order.h"
#include "hourglass/data/dataset.h"

namespace hourglass::app {

// --axes
void AddAxes(CLI::App& command, AxisOrder& axes);

// Says on stderr what was guessed about the data, unless -q silences `command`.
void PrintNote(const CLI::App& command, const DataSplits& data);

}  // namespace hourglass::app
