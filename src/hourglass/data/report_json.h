// What was found while pictures were read, as JSON that can be read back.
#pragma once

#include "hourglass/core/json.h"
#include "hourglass/data/report.h"

namespace hourglass {

// Names become UTF-8, as everywhere in JSON. The others throw a Json::exception for JSON of another kind.
Json ToJson(const DataReport& report);
DataReport ReportFromJson(const Json& json);

Json ToJson(const ReadingState& state);
ReadingState ReadingStateFromJson(const Json& json);

}  // namespace hourglass
