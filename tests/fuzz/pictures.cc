// Pictures of every format, by the common entry.
#include "fuzz/target.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  testing::OpenPicture(content);
}

std::vector<std::string> Seeds() {
  return Contents(testing::PictureSamples());
}

}  // namespace hourglass::fuzz
