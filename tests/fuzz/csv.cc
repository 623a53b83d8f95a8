// Tables of pixels.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenDataFile(content);
}

std::vector<std::string> Seeds() {
  return Contents(testing::CsvSamples());
}

}  // namespace hourglass::fuzz
