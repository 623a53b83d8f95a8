// Data sets of several files, all of one format: shards.
#pragma once

#include <functional>

#include "hourglass/data/open_data.h"
#include "hourglass/data/opened_data.h"

namespace hourglass {

// Opens all files and folders that the pattern options.name (shard_names.h) stands for, in the order of
// NamesBefore(), and joins them: their training images, and their test images if they have any. The first one
// decides how the others are read where `options` leave it open: the range of numbers, the channels of
// pictures. Files of labels that are read with a shard are no shards.
//
// `open` opens one of them. Throws a data Error if nothing matches the pattern, if files are missing
// (MissingBetween(), and each that braces name), if their formats, shapes or parts differ, if only some have
// labels, and one about all shards that cannot be opened; usage Errors of `open` as they are.
OpenedData OpenShards(const DataOptions& options,
                      const std::function<OpenedData(const DataOptions& shard)>& open);

}  // namespace hourglass
