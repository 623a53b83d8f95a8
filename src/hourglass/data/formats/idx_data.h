// Data sets of IDX files: MNIST, folders named as MNIST's or EMNIST's, and single files. Rows of the table in
// format.cc.
#pragma once

#include "hourglass/data/formats/format.h"

namespace hourglass {

// A folder with four IDX files, or FOLDER/PREFIX where the names of the four files begin with PREFIX-.
bool IsIdxSet(const DataOptions& options);
OpenedData OpenIdxSet(const DataOptions& options);

// A file that begins as IDX does, whatever its name and type.
bool IsIdxFile(const DataOptions& options);
OpenedData OpenIdxFile(const DataOptions& options);

// MNIST where it was fetched. Throws a data Error that names every place that was looked at.
OpenedData OpenMnist(const DataOptions& options);

}  // namespace hourglass
