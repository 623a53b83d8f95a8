// Assertions for conditions that only a bug can violate; enabled in every build.
#pragma once

#include <stdexcept>

namespace hourglass {

// A violated invariant. Do not retry the operation that threw it. Caller mistakes and bad data throw an Error
// (core/error.h) instead.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Throws a Bug that names the condition and its location.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace hourglass

#define HOURGLASS_CHECK(condition) \
  ((condition) ? void() : ::hourglass::CheckFailed(#condition, __FILE__, __LINE__))
