// The plan file of a folder with many runs. It prevents other work from resuming in that folder.
#pragma once

#include <filesystem>
#include <string_view>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/train/config.h"

namespace hourglass {

// Throws a usage Error if `folder` belongs to other work: a run, or a search, sweep or study whose file is
// not `own`.
void CheckNotOfOthers(const std::filesystem::path& folder, std::string_view own);

// Writes `plan` to `path`, or compares it with the file that exists there. Throws a usage Error if the folder
// of a new file belongs to other work, or if a member differs (naming the first, possibly nested), and a data
// Error if the file is damaged.
void KeepPlan(const std::filesystem::path& path, const Json& plan);

// The parts of configuration and data that affect the results of all runs, as members of a plan.
Json PlanOf(const TrainConfig& config, const DataSplits& data);

}  // namespace hourglass
