#include "hourglass/data/formats/format.h"

#include "hourglass/data/digits/digits.h"
#include "hourglass/data/formats/arrays.h"
#include "hourglass/data/formats/cifar.h"
#include "hourglass/data/formats/csv.h"
#include "hourglass/data/formats/folder.h"
#include "hourglass/data/formats/idx_data.h"
#include "hourglass/data/formats/picture_archive.h"

namespace hourglass {
namespace {

OpenedData OpenDigits(const DataOptions&) {
  Digits digits = DrawDigits({});
  return {.location = "built in", .train = std::move(digits.train), .test = std::move(digits.test)};
}

constexpr DataFormat kFormats[] = {
    {"mnist",
     "handwritten digits, 28 x 28, 60,000 for training and 10,000 for testing (LeCun, Cortes, Burges)",
     [](const DataOptions& options) { return options.name == "mnist"; }, OpenMnist},
    {"digits", "synthetic handwritten digits in MNIST's format; built in, needs no download",
     [](const DataOptions& options) { return options.name == "digits"; }, OpenDigits},
    {nullptr,
     "a folder with four IDX files named like MNIST's, plain or .gz (FOLDER/emnist-letters for one of "
     "several "
     "sets)",
     IsIdxSet, OpenIdxSet},
    {nullptr, "an IDX file of images", IsIdxFile, OpenIdxFile},
    {nullptr, "an npy file of images", IsNpyFile, OpenNpyFile},
    {nullptr, "an npz file with images and labels", IsNpzFile, OpenNpzFile},
    {nullptr, "a CSV file with an image per row", IsCsvFile, OpenCsvFile},
    {nullptr, "a folder with CIFAR's binary files", IsCifarFolder, OpenCifarFolder},
    {nullptr, "a folder of pictures, or of one folder of pictures per class", IsPictureFolder,
     OpenPictureFolder},
    {nullptr, "a tar or zip archive of such a folder", IsPictureArchive, OpenPictureArchive},
};

}  // namespace

std::span<const DataFormat> DataFormats() {
  return kFormats;
}

std::string ReadableData() {
  std::string text;
  for (const DataFormat& format : DataFormats()) {
    if (!text.empty()) text += &format == &DataFormats().back() ? ", or " : ", ";
    text += format.name != nullptr ? format.name : std::string("the path of ") + format.description;
  }
  return text;
}

}  // namespace hourglass
