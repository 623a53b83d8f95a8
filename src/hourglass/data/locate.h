// Finds data on disk by its file names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"

namespace hourglass {

// The four files of a data set, named like MNIST's.
struct IdxFiles {
  std::filesystem::path train_images;
  std::filesystem::path train_labels;
  std::filesystem::path test_images;
  std::filesystem::path test_labels;
};

// Finds the four files in `folder`: train-images-idx3-ubyte and so on. Also accepts "test" for "t10k", "."
// before "idx", and a .gz suffix (the plain file is preferred). All names begin with `prefix`. Empty if the
// folder has none of them. Throws a data Error if it has only some: half a data set is a mistake.
std::optional<IdxFiles> FindIdxFiles(const std::filesystem::path& folder, const std::string& prefix = "");

// The four files at `place`: a folder whose files have no prefix or share one, or FOLDER/PREFIX, where a "-"
// follows the prefix in the file names ("emnist-letters"). Throws as FindIdxFiles does, and a data Error that
// lists the prefixes if a folder has several.
std::optional<IdxFiles> FindIdxSet(const std::filesystem::path& place);

// The label file that matches an image file by name, if it exists: "images" and "idx3" become "labels" and
// "idx1", with or without .gz.
std::optional<std::filesystem::path> FindLabelsBeside(const std::filesystem::path& images);

// The folders searched for `mnist`, in order: options.data_dir, $HOURGLASS_DATA_DIR, UserCacheDir()/mnist.
// Unset ones are left out.
std::vector<std::filesystem::path> MnistFolders(const DataOptions& options);

// The first of MnistFolders() that holds the four files, or nothing. Throws as FindIdxFiles does.
std::optional<std::filesystem::path> FindMnist(const DataOptions& options);

}  // namespace hourglass
