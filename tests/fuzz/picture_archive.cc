// Archives of pictures.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenDataFile(content);
}

std::vector<std::string> Seeds() {
  return Contents(testing::PictureArchiveSamples());
}

}  // namespace hourglass::fuzz
