// npz files: archives and the arrays in them.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenDataFile(content);
}

std::vector<std::string> Seeds() {
  return Contents(testing::NpzSamples());
}

}  // namespace hourglass::fuzz
