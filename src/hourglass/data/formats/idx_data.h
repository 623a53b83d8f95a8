// Data sets of IDX files: folders named like MNIST or EMNIST, and single files. Rows of the table in
// format.cc.
#pragma once

#include <string>
#include <vector>

#include "hourglass/data/formats/format.h"
#include "hourglass/data/locate.h"

namespace hourglass {

// A folder with four IDX files, or FOLDER/PREFIX if the names of the four files begin with PREFIX-.
bool IsIdxSet(const DataOptions& options);
OpenedData OpenIdxSet(const DataOptions& options);

// A file that begins as IDX does, regardless of its name and element type.
bool IsIdxFile(const DataOptions& options);
OpenedData OpenIdxFile(const DataOptions& options);

// The classes of a set.
struct IdxClasses {
  int32_t first = 0;  // its label in the files; in memory, classes are counted from 0
  std::vector<std::string> names = {};
};

// Four files. Throws a data Error for a label that is none of the classes, if they have names.
OpenedData OpenIdxFiles(const IdxFiles& files, std::string location, const DataOptions& options,
                        const IdxClasses& classes = {});

}  // namespace hourglass
