// Records of CIFAR-10.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenCifarBatch(content);
}

std::vector<std::string> Seeds() {
  return Contents(testing::CifarSamples());
}

}  // namespace hourglass::fuzz
