// Shows on a terminal how many pictures have been read.
#pragma once

#include "app/cli/command.h"
#include "hourglass/data/open_data.h"

namespace hourglass::app {

// Open data as OpenData and OpenParts do, with a progress line on stderr if it takes long.
DataSplits OpenDataVisibly(const Command& command, const DataOptions& options);
OpenedData OpenPartsVisibly(const Command& command, const DataOptions& options);

}  // namespace hourglass::app
