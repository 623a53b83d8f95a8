// Folders of pictures: flat, one folder per class, or train/ and test/ (or val/) of either kind.
#pragma once

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats().
bool IsPictureFolder(const DataOptions& options);
OpenedData OpenPictureFolder(const DataOptions& options);

}  // namespace hourglass
