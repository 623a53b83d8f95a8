#include "hourglass/data/formats/folder.h"

#include <utility>

#include "hourglass/core/file.h"
#include "hourglass/data/formats/picture_set.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

class FilesOfFolder : public PictureFiles {
 public:
  explicit FilesOfFolder(std::vector<fs::path> paths) : paths_(std::move(paths)) {}

  size_t size() const override { return paths_.size(); }
  std::string name(size_t i) const override { return paths_[i].string(); }
  std::string Read(size_t i) const override { return ReadPictureFile(paths_[i]); }

 private:
  std::vector<fs::path> paths_;
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
    std::vector<fs::path> paths;
    for (const size_t file : files) paths.push_back(folder_ / tree_.files[file].name);
    return std::make_unique<FilesOfFolder>(std::move(paths));
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
