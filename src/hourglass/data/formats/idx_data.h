// Data sets of IDX files: MNIST, folders named like MNIST or EMNIST, and single files. Rows of the table in
// format.cc.
#pragma once

#include "hourglass/data/formats/format.h"

namespace hourglass {

// A folder with four IDX files, or FOLDER/PREFIX if the names of the four files begin with PREFIX-.
bool IsIdxSet(const DataOptions& options);
OpenedData OpenIdxSet(const DataOptions& options);

// A file that begins as IDX does, regardless of its name and element type.
bool IsIdxFile(const DataOptions& options);
OpenedData OpenIdxFile(const DataOptions& options);

// MNIST from the folder it was fetched to. Throws a data Error that lists every place searched.
OpenedData OpenMnist(const DataOptions& options);

}  // namespace hourglass
