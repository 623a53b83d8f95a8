// IDX files, plain and compressed.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenDataFile(content);
}

std::vector<std::string> Seeds() {
  return Contents(testing::IdxSamples());
}

}  // namespace hourglass::fuzz
