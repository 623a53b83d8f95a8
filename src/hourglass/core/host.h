// The process and its host: what run.json and `hourglass env` record about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass {

std::string Compiler();       // that built it: "GCC 12.2.0"
std::string ProcessorName();  // "Intel(R) Xeon(R) Processor"
// The arguments that this process was started with, the program's name first.
std::vector<std::string> ProcessArguments();
// The largest memory that this process has had so far.
int64_t PeakMemoryBytes();
// The current time in UTC: "2025-01-31T23:59:59Z".
std::string UtcNow();

}  // namespace hourglass
