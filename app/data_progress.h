// Shows on a terminal how many pictures have been read.
#pragma once

#include "app/cli/command.h"
#include "hourglass/data/open_data.h"

namespace hourglass::app {

// Opens data as OpenData does, with a progress line on stderr if it takes long.
DataSplits OpenDataVisibly(const Command& command, DataOptions options);

}  // namespace hourglass::app
