#include "app/version.h"

#include <fmt/format.h>

#include <string_view>

#include "commit.h"  // written by cmake/commit.cmake
#include "hourglass/core/version.h"

namespace hourglass::app {

std::string ProgramVersion() {
  constexpr std::string_view kCommit = HOURGLASS_COMMIT;
  return kCommit.empty() ? Version() : fmt::format("{} ({})", Version(), kCommit);
}

}  // namespace hourglass::app
