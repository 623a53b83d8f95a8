// Where the program runs: what a run's record and `hourglass env` say about program, processor and memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass {

std::string Compiler();       // that built it: "GCC 12.2.0"
std::string ProcessorName();  // "Intel(R) Xeon(R) Processor"
std::string OneDnnVersion();  // of the library that is loaded: "2.6.3"
// The instruction sets that element-by-element kernels may use here, the best first: "AVX3_SPR".
std::vector<std::string> SimdTargets();
// The arguments that this process was started with, the program's name first.
std::vector<std::string> ProcessArguments();
// The largest memory that this process has had so far.
int64_t PeakMemoryBytes();
// The time of now in UTC: "2025-01-31T23:59:59Z".
std::string UtcNow();

}  // namespace hourglass
