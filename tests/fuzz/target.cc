// Connects a target to libFuzzer, which defines main().
#include "fuzz/target.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "hourglass/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* content, size_t size) {
  try {
    hourglass::fuzz::Read({reinterpret_cast<const char*>(content), size});
  } catch (const hourglass::Error&) {
    // refused, as it should be
  }
  return 0;
}

// Writes the seeds to the last argument, if it is a folder.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::filesystem::path corpus = (*argv)[*argc - 1];
  if (!std::filesystem::is_directory(corpus)) return 0;
  int number = 0;
  for (const std::string& seed : hourglass::fuzz::Seeds())
    std::ofstream(corpus / ("seed-" + std::to_string(++number)), std::ios::binary) << seed;
  return 0;
}
