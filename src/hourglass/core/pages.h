// The pages in which the system manages memory.
#pragma once

#include <unistd.h>

#include <cstddef>

namespace hourglass {

inline size_t PageBytes() {
  static const auto kBytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return kBytes;
}

}  // namespace hourglass
