// Assertions for what only a bug can cause; they stay on in every build.
#pragma once

namespace hourglass {

// Prints the failed condition to stderr and aborts: the process must not go on with a broken invariant.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace hourglass

#define HOURGLASS_CHECK(condition) \
  ((condition) ? void() : ::hourglass::CheckFailed(#condition, __FILE__, __LINE__))
