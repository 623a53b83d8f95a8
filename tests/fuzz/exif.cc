// EXIF blocks of pictures.
#include <span>

#include "data/picture_writer.h"
#include "fuzz/target.h"
#include "hourglass/data/pictures/codecs.h"

namespace hourglass::fuzz {

void Read(std::string_view content) {
  OrientationInExif({reinterpret_cast<const uint8_t*>(content.data()), content.size()});
}

std::vector<std::string> Seeds() {
  const std::string whole = testing::ExifOf(6);
  return {whole, whole.substr(6)};  // as in JPEG, and as in PNG
}

}  // namespace hourglass::fuzz
