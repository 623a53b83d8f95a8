// What a folder of many runs was begun for, so that nothing else goes on in it.
#pragma once

#include <filesystem>
#include <string_view>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/train/config.h"

namespace hourglass {

// Throws a usage Error when `folder` is that of something else: of a run, or of a search, a sweep or a study
// that does not keep the file `own` in it.
void CheckNotOfOthers(const std::filesystem::path& folder, std::string_view own);

// Writes `plan` to the new file `path`, in a folder that is nothing else's, or compares it with what the file
// holds. A usage Error names the first member, or member of a member, that differs; a data Error says that
// the file is damaged.
void KeepPlan(const std::filesystem::path& path, const Json& plan);

// What of configuration and data the numbers of all runs depend on, as members of a plan.
Json PlanOf(const TrainConfig& config, const DataSplits& data);

}  // namespace hourglass
