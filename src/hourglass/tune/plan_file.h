// The plan of a folder of many runs, which prevents other work from resuming in that folder.
#pragma once

#include <filesystem>
#include <string_view>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/train/config.h"

namespace hourglass {

// Throws a usage Error if `folder` belongs to something else: a run, or a search, sweep or study that does
// not keep the file `own` in it.
void CheckNotOfOthers(const std::filesystem::path& folder, std::string_view own);

// Writes `plan` to the new file `path`, in a folder that belongs to nothing else, or compares it with the
// existing file. A usage Error names the first (possibly nested) member that differs; a data Error reports a
// damaged file.
void KeepPlan(const std::filesystem::path& path, const Json& plan);

// The parts of configuration and data that affect the numbers of all runs, as members of a plan.
Json PlanOf(const TrainConfig& config, const DataSplits& data);

}  // namespace hourglass
