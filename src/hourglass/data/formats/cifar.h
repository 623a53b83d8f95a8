// CIFAR-10 and CIFAR-100, binary version: records of one or two labels and 3 · 32 · 32 bytes, channel by
// channel. Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and the page
// that describes the files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hourglass/data/formats/format.h"

namespace hourglass {

// As rows of DataFormats(). A folder: data_batch_1.bin … with test_batch.bin, or train.bin with test.bin; the
// test file may be missing. Class names are those in batches.meta.txt or fine_label_names.txt, if there.
bool IsCifarFolder(const DataOptions& options);
OpenedData OpenCifarFolder(const DataOptions& options);

// 10 or 100 if `folder` holds training images of this version, else 0.
int CifarClasses(const std::filesystem::path& folder);
// `classes`: names of the classes, if the folder has none.
OpenedData OpenCifarFiles(const std::filesystem::path& folder, bool with_test,
                          const std::vector<std::string>& classes = {});

}  // namespace hourglass
