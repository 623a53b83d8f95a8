// Assertions for conditions that only a bug can violate; they stay on in every build.
#pragma once

#include <stdexcept>

namespace hourglass {

// A violated invariant; the operation that threw it must not be repeated. Faults of callers and data throw an
// Error (core/error.h) instead.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Throws a Bug that names the condition and its location.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace hourglass

#define HOURGLASS_CHECK(condition) \
  ((condition) ? void() : ::hourglass::CheckFailed(#condition, __FILE__, __LINE__))
