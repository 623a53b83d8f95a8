#include "hourglass/core/version.h"

namespace hourglass {

std::string Version() {
  return HOURGLASS_VERSION;
}

}  // namespace hourglass
