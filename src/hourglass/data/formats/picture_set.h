// A set of pictures, wherever their files are: flat, one folder per class, or train/ and test/ (or val/) of
// either kind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/data/formats/file_tree.h"
#include "hourglass/data/formats/format.h"
#include "hourglass/data/pictures/reading.h"

namespace hourglass {

// Where the files of a set are.
class PicturePlace {
 public:
  virtual ~PicturePlace() = default;
  virtual const FileTree& tree() const = 0;
  // What a file or folder of the tree is called in messages.
  virtual std::string FullName(const std::string& name) const = 0;
  // How data can be read that the place holds in place of pictures.
  virtual std::string OtherFilesHint() const = 0;
  // The size and the time of change of a file of the tree, as a text: another text if it has changed.
  virtual std::string State(size_t file) const = 0;
  // How many bytes these files have, together.
  virtual uint64_t Bytes(const std::vector<size_t>& files) const = 0;
  // Some files of the tree, in its order; valid as long as the place.
  virtual std::unique_ptr<PictureFiles> Files(const std::vector<size_t>& files) const = 0;
};

// Reads the pictures of a place. Throws as ListPictures and ReadPictures do, and a data Error if there are
// none.
OpenedData OpenPictures(const PicturePlace& place, const DataOptions& options);

}  // namespace hourglass
