#include "hourglass/core/check.h"

#include <fmt/format.h>

namespace hourglass {

void CheckFailed(const char* condition, const char* file, int line) {
  throw Bug(fmt::format("bug: {}:{}: {} does not hold; please report it", file, line, condition));
}

}  // namespace hourglass
