// Finds data on disk by its file names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/data/named_sets.h"
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

// The folders searched for `set`, in order, each once. First in options.data_dir and $HOURGLASS_DATA_DIR, if
// set: the folder in it that is named after the set, and it itself if it is called so or the set has file
// names of its own (MNIST: the other way round). Then the folder of this name in UserCacheDir(). The first is
// where the set is put when it is fetched.
std::vector<std::filesystem::path> PlacesOf(const NamedSet& set, const DataOptions& options);

}  // namespace hourglass
