#include <libexif/exif-data.h>

#include <algorithm>
#include <memory>

#include "hourglass/data/pictures/codecs.h"

namespace hourglass {

int OrientationInExif(std::span<const uint8_t> exif) {
  constexpr char kStart[] = "Exif\0";  // and a zero: libexif wants it, PNG and WebP leave it out
  std::vector<uint8_t> whole(exif.begin(), exif.end());
  if (!std::equal(kStart, kStart + std::min(sizeof kStart, whole.size()), whole.begin()))
    whole.insert(whole.begin(), kStart, kStart + sizeof kStart);
  struct Free {
    void operator()(ExifData* data) const { exif_data_unref(data); }
  };
  const std::unique_ptr<ExifData, Free> data(
      exif_data_new_from_data(whole.data(), static_cast<unsigned>(whole.size())));
  if (data == nullptr) return 1;
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->components < 1) return 1;
  return exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
}

}  // namespace hourglass
