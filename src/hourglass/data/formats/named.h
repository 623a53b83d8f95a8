// Opens the data sets of named_sets.h.
#pragma once

#include <filesystem>
#include <optional>

#include "hourglass/data/formats/format.h"
#include "hourglass/data/named_sets.h"

namespace hourglass {

// The first of PlacesOf() that holds the files of `set`, which is not built in, or nothing. Throws a data
// Error if there are only some of its IDX files.
std::optional<std::filesystem::path> FindOnDisk(const NamedSet& set, const DataOptions& options);

// `set`, with upright images, labels from 0 on and the names of its classes. Throws a data Error that lists
// every place searched if it is not on disk, or if its labels are not those of `set`.
OpenedData OpenNamedSet(const NamedSet& set, const DataOptions& options);

}  // namespace hourglass
