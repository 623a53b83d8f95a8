#include "hourglass/core/check.h"

#include <cstdio>
#include <cstdlib>

namespace hourglass {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "hourglass: bug: %s:%d: %s does not hold; please report it\n", file, line, condition);
  std::abort();
}

}  // namespace hourglass
