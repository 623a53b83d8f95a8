// Keeps two processes from training one run. The lock ends with the process, however that ends.
#pragma once

#include <filesystem>

namespace hourglass {

class RunLock {
 public:
  // Throws a usage Error when another process holds the run's lock.
  explicit RunLock(const std::filesystem::path& run);
  RunLock(RunLock&& other) noexcept;
  ~RunLock();

 private:
  int descriptor_;
};

}  // namespace hourglass
