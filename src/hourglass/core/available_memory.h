// How much memory there is to use.
#pragma once

#include <cstdint>

namespace hourglass {

// The bytes that this process may still use: the least of what the system has, what the control groups of
// the process (those of its container, say) leave, and what its own limit of data (ulimit -d) leaves. What
// is kept in memory of files on disk does not count as used. The largest number if nothing is known.
int64_t AvailableMemory();

}  // namespace hourglass
