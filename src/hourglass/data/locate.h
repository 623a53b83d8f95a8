// Where data lies on the disk, and under which file names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"

namespace hourglass {

// The four files of a data set as MNIST is published.
struct IdxFiles {
  std::filesystem::path train_images;
  std::filesystem::path train_labels;
  std::filesystem::path test_images;
  std::filesystem::path test_labels;
};

// The four files in `folder`: train-images-idx3-ubyte and so on, also with "test" for "t10k", "." before
// "idx" and .gz behind (the plain file is taken where both exist); each name after `prefix`. Nothing when the
// folder has none of them. Throws a data Error when it has some but not all: half a data set is a mishap, not
// a choice.
std::optional<IdxFiles> FindIdxFiles(const std::filesystem::path& folder, const std::string& prefix = "");

// The four files at `place`: a folder with files of no prefix or of a single one, or FOLDER/PREFIX, where the
// prefix ends before a "-" as in "emnist-letters". Throws as FindIdxFiles does, and a data Error that names
// the prefixes when a folder has several.
std::optional<IdxFiles> FindIdxSet(const std::filesystem::path& place);

// The file of labels that belongs to a file of images by its name ("images" and "idx3" become "labels" and
// "idx1", with or without .gz), if there is one.
std::optional<std::filesystem::path> FindLabelsBeside(const std::filesystem::path& images);

// The folders in which `mnist` is looked for, in order: options.data_dir, $HOURGLASS_DATA_DIR,
// UserCacheDir()/mnist; those that are not set are left out.
std::vector<std::filesystem::path> MnistFolders(const DataOptions& options);

// The first of MnistFolders() that holds the four files, or nothing. Throws as FindIdxFiles does.
std::optional<std::filesystem::path> FindMnist(const DataOptions& options);

}  // namespace hourglass
