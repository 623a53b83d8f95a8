#include "hourglass/data/formats/folder.h"

#include <utility>

#include "hourglass/core/file.h"
#include "hourglass/data/formats/picture_set.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

class FilesOfFolder : public PictureFiles {
 public:
  // `files` are places in the tree of `folder`.
  FilesOfFolder(const PicturePlace& folder, std::vector<size_t> files)
      : folder_(folder), files_(std::move(files)) {}

  size_t size() const override { return files_.size(); }
  std::string name(size_t i) const override { return folder_.FullName(folder_.tree().files[files_[i]].name); }
  std::string Read(size_t i) const override { return ReadPictureFile(name(i)); }

 private:
  const PicturePlace& folder_;
  std::vector<size_t> files_;
};

class FolderPlace : public PicturePlace {
 public:
  explicit FolderPlace(const fs::path& folder) : folder_(folder), tree_(TreeOf(folder)) {}

  const FileTree& tree() const override { return tree_; }
  std::string FullName(const std::string& name) const override {
    return name.empty() ? folder_.string() : (folder_ / name).string();
  }
  std::string OtherFilesHint() const override { return "give the folder that contains them"; }
  std::string State(size_t file) const override { return StateOfFile(folder_ / tree_.files[file].name); }
  uint64_t Bytes(const std::vector<size_t>& files) const override {
    uint64_t bytes = 0;
    for (const size_t file : files) {
      std::error_code gone;
      const auto size = fs::file_size(folder_ / tree_.files[file].name, gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }
  std::unique_ptr<PictureFiles> Files(const std::vector<size_t>& files) const override {
    return std::make_unique<FilesOfFolder>(*this, files);
  }

 private:
  fs::path folder_;
  FileTree tree_;
};

}  // namespace

bool IsPictureFolder(const DataOptions& options) {
  std::error_code error;
  return fs::is_directory(options.name, error) && HasPictures(options.name);
}

OpenedData OpenPictureFolder(const DataOptions& options) {
  return OpenPictures(FolderPlace(options.name), options);
}

}  // namespace hourglass
