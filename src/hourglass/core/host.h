// Properties of the process and its host, as recorded by run.json and `hourglass env`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass {

std::string Compiler();       // of this build: "GCC 12.2.0"
std::string ProcessorName();  // "Intel(R) Xeon(R) Processor"
// The command line of this process, starting with the program's name.
std::vector<std::string> ProcessArguments();
// Peak memory of this process so far.
int64_t PeakMemoryBytes();
// The current time in UTC: "2025-01-31T23:59:59Z".
std::string UtcNow();

}  // namespace hourglass
