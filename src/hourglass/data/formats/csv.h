// Tables of pixels as text: a row per image, a column per pixel and perhaps one for the label, separated by
// commas, semicolons or tabs. With or without a header; cells may be quoted (RFC 4180), but not span lines.
#pragma once

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats(). The label column is `label_column`; if that is "auto", the one that the header
// calls label or class. Without a header, "auto" means no labels if the number of columns is a square; any
// other number is refused, because nothing says which column would be the label.
bool IsCsvFile(const DataOptions& options);
OpenedData OpenCsvFile(const DataOptions& options);

}  // namespace hourglass
