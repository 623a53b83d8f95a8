#include "hourglass/data/formats/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/data/formats/arrays.h"
#include "hourglass/data/formats/cifar.h"
#include "hourglass/data/formats/csv.h"
#include "hourglass/data/formats/folder.h"
#include "hourglass/data/formats/idx_data.h"
#include "hourglass/data/formats/packed.h"
#include "hourglass/data/formats/picture_archive.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/named_sets.h"

namespace hourglass {
namespace {

constexpr DataFormat kFormats[] = {
    {"a file written by `hourglass data pack`", IsPackedData, OpenPackedData},
    {"a folder with four IDX files named like MNIST's, plain or .gz (FOLDER/emnist-letters for one of "
     "several sets)",
     IsIdxSet, OpenIdxSet},
    {"an IDX file of images", IsIdxFile, OpenIdxFile, FindLabelsBeside},
    {"an npy file of images", IsNpyFile, OpenNpyFile, NpyLabelsBeside},
    {"an npz file with images and labels", IsNpzFile, OpenNpzFile},
    {"a CSV file with an image per row", IsCsvFile, OpenCsvFile},
    {"a folder with CIFAR's binary files", IsCifarFolder, OpenCifarFolder},
    {"a folder of pictures, or of one folder of pictures per class", IsPictureFolder, OpenPictureFolder},
    {"a tar or zip archive of such a folder", IsPictureArchive, OpenPictureArchive},
};

}  // namespace

std::span<const DataFormat> DataFormats() {
  return kFormats;
}

const DataFormat* FindFormat(const DataOptions& options) {
  const auto found =
      std::ranges::find_if(DataFormats(), [&](const DataFormat& row) { return row.recognise(options); });
  return found == DataFormats().end() ? nullptr : &*found;
}

std::string ReadableData() {
  std::string text = fmt::format("{}", fmt::join(NamesOfSets(), ", "));
  for (const DataFormat& format : DataFormats()) {
    text += &format == &DataFormats().back() ? ", or " : ", ";
    text += fmt::format("the path of {}", format.description);
  }
  return text;
}

}  // namespace hourglass
