// Archives of pictures: tar, plain or compressed, and zip. WebDataset's shards are such archives.
#pragma once

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats(). A folder that all pictures are below is left out of their names, unless pictures
// lie in it directly.
bool IsPictureArchive(const DataOptions& options);
OpenedData OpenPictureArchive(const DataOptions& options);

}  // namespace hourglass
