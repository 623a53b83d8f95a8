// A process that may hardly use more memory than it does.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace hourglass::test {

// The number of bytes after `key` in what the system says of this process.
inline uint64_t MemoryOfProcess(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoull(line.substr(key.size())) * 1024;
  }
  return 0;
}

// Leaves this process `bytes` of memory until the end of the scope. Sanitizers do not work with so little
// (HOURGLASS_SANITIZED).
class ScarceMemory {
 public:
  explicit ScarceMemory(uint64_t bytes) {
    ::getrlimit(RLIMIT_DATA, &before_);
    const rlimit low = {MemoryOfProcess("VmData:") + bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_DATA, &low);
  }
  ScarceMemory(const ScarceMemory&) = delete;
  ~ScarceMemory() { ::setrlimit(RLIMIT_DATA, &before_); }

 private:
  rlimit before_ = {};
};

}  // namespace hourglass::test
