#include "hourglass/data/formats/picture_archive.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/archive.h"
#include "hourglass/data/formats/picture_set.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// The folders and the file that a member's name consists of.
std::vector<std::string_view> PartsOfName(std::string_view name) {
  std::vector<std::string_view> parts;
  while (!name.empty()) {
    const size_t length = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, length);
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    name.remove_prefix(std::min(length + 1, name.size()));
  }
  return parts;
}

// The first folder of a name, with its slash.
std::string_view RootOf(std::string_view name) {
  return name.substr(0, name.find('/') + 1);
}

// Takes a folder that all pictures are below out of all names, and returns it with its slash. A folder that
// pictures lie in directly is a class.
std::string TakeRoot(FileTree& tree) {
  const auto first = std::ranges::find_if(tree.files, &TreeFile::picture);
  if (first == tree.files.end()) return "";
  const std::string root(RootOf(first->name));
  const auto is_inside = [&](const TreeFile& file) {
    return !file.picture ||
           (file.name.starts_with(root) && file.name.find('/', root.size()) != std::string::npos);
  };
  if (root.empty() || !std::ranges::all_of(tree.files, is_inside)) return "";
  for (TreeFile& file : tree.files) {
    if (file.name.starts_with(root)) file.name.erase(0, root.size());
  }
  std::set<std::string> folders;
  for (const std::string& name : tree.folders) {
    if (name.starts_with(root)) folders.insert(name.substr(root.size()));
  }
  tree.folders = std::move(folders);
  return root + TakeRoot(tree);
}

// A file in an archive: the number of the member that holds its content, and its name.
struct PlacedMember {
  int64_t number;
  std::string name;
};

// Members of an archive, which is unpacked only once, in its own order: what comes before the one that is
// asked for waits until it is. Each can be read once after BeginAt. A member with several names is several
// files.
class FilesOfArchive : public PictureFiles {
 public:
  FilesOfArchive(const fs::path& path, std::vector<PlacedMember> members)
      : path_(path), members_(std::move(members)), order_(members_.size()), most_bytes_(MostBytes(path)) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::ranges::sort(order_, {}, [this](size_t i) { return members_[i].number; });
  }

  size_t size() const override { return members_.size(); }
  std::string name(size_t i) const override { return members_[i].name; }
  size_t InOrderOfReading(size_t k) const override { return order_[k]; }
  void BeginAt(size_t k) override {
    reader_ = std::make_unique<ArchiveReader>(path_);
    at_ = -1;
    next_ = k;
    waiting_.clear();
    broken_ = nullptr;
  }
  std::string Read(size_t i) const override {
    const Unpacked file = Take(i);
    if (file.error) std::rethrow_exception(file.error);
    return *file.content;
  }

 private:
  struct Unpacked {
    std::shared_ptr<const std::string> content = {};  // one for all names of a member
    std::exception_ptr error = {};
  };

  Unpacked Take(size_t i) const {
    const std::lock_guard lock(mutex_);
    while (!waiting_.contains(i)) {
      const int64_t number = members_[order_[next_]].number;
      const Unpacked file = Unpack(number);
      for (; next_ < order_.size() && members_[order_[next_]].number == number; ++next_)
        waiting_.emplace(order_[next_], file);
    }
    return std::move(waiting_.extract(i).mapped());
  }

  // Far more than a picture packed into such an archive can have.
  static uint64_t MostBytes(const fs::path& path) { return (uint64_t{32} << 20) + 2 * fs::file_size(path); }

  Unpacked Unpack(int64_t number) const {
    if (broken_) return {.error = broken_};
    try {
      while (at_ < number) {
        if (!reader_->Next()) throw DataError({.what = "the archive has changed while it was read"});
        ++at_;
      }
    } catch (...) {
      return {.error = broken_ = std::current_exception()};
    }
    try {
      return {.content = std::make_shared<const std::string>(reader_->Content(most_bytes_))};
    } catch (...) {
      return {.error = std::current_exception()};
    }
  }

  const fs::path path_;
  const std::vector<PlacedMember> members_;
  std::vector<size_t> order_;  // places in members_, by number
  mutable std::mutex mutex_;   // of the following
  std::unique_ptr<ArchiveReader> reader_;
  const uint64_t most_bytes_;
  mutable int64_t at_ = -1;  // the number of the reader's member
  mutable size_t next_ = 0;  // the place in order_ of what is unpacked next
  mutable std::map<size_t, Unpacked> waiting_;
  mutable std::exception_ptr broken_;
};

class ArchivePlace : public PicturePlace {
 public:
  explicit ArchivePlace(const fs::path& path) : path_(path), state_(StateOfFile(path)) {
    ArchiveReader reader(path);
    FoundFiles found;
    for (int64_t number = 0; reader.Next(); ++number) Add(reader, number, found);
    for (auto& [key, file] : found) {
      if (file.hidden) continue;
      numbers_.push_back(file.number);
      tree_.files.push_back(std::move(file.file));
    }
    root_ = TakeRoot(tree_);
  }

  const FileTree& tree() const override { return tree_; }
  std::string FullName(const std::string& name) const override {
    return name.empty() ? path_.string() : fmt::format("{}: {}{}", path_.string(), root_, name);
  }
  std::string OtherFilesHint() const override {
    return "only pictures are read from archives: for other data unpack it, and give the folder or file";
  }
  std::string State(size_t) const override { return state_; }
  uint64_t Bytes(const std::vector<size_t>&) const override {
    std::error_code gone;
    const auto size = fs::file_size(path_, gone);
    return gone ? 0 : size;
  }
  std::unique_ptr<PictureFiles> Files(const std::vector<size_t>& files) const override {
    std::vector<PlacedMember> members;
    for (const size_t file : files) members.push_back({numbers_[file], FullName(tree_.files[file].name)});
    return std::make_unique<FilesOfArchive>(path_, std::move(members));
  }

 private:
  struct FoundFile {
    int64_t number;  // of the member that holds its content
    bool hidden;
    TreeFile file;
  };
  // By folder and name, as those of a folder on disk. Of equal names, the last one counts, as it does when
  // the archive is unpacked.
  using FoundFiles = std::map<std::string, FoundFile>;

  static std::string PlaceOf(const std::vector<std::string_view>& parts) {
    return fmt::format("{}", fmt::join(parts, std::string_view("\0", 1)));
  }

  // What another name of an earlier member stands for; nothing for other members.
  static std::optional<FoundFile> Linked(const ArchiveReader& reader, const FoundFiles& found) {
    const std::string name = reader.linked();
    const auto target = name.empty() ? found.end() : found.find(PlaceOf(PartsOfName(name)));
    return target == found.end() ? std::nullopt : std::optional(target->second);
  }

  void Add(ArchiveReader& reader, int64_t number, FoundFiles& found) {
    const std::string whole = reader.name();
    std::vector<std::string_view> parts = PartsOfName(whole);
    const bool hidden = std::ranges::any_of(parts, IsLeftBehind);
    if (!reader.is_folder()) {
      FoundFile file{number, hidden, TreeFileOf(fmt::format("{}", fmt::join(parts, "/")), [&](size_t most) {
                       return reader.Start(most);
                     })};
      if (const auto linked = Linked(reader, found)) {
        file.number = linked->number;
        file.file.picture |= linked->file.picture;
        file.file.text = linked->file.text;
      }
      found.insert_or_assign(PlaceOf(parts), std::move(file));
      if (!parts.empty()) parts.pop_back();
    }
    if (hidden) {
      ++tree_.hidden;
      return;
    }
    for (; !parts.empty(); parts.pop_back()) tree_.folders.insert(fmt::format("{}", fmt::join(parts, "/")));
  }

  fs::path path_;
  std::string state_;  // of the archive
  FileTree tree_;
  std::vector<int64_t> numbers_;  // of the members that are the tree's files
  std::string root_;
};

}  // namespace

bool IsPictureArchive(const DataOptions& options) {
  std::error_code error;
  return fs::is_regular_file(options.name, error) && IsArchive(options.name);
}

OpenedData OpenPictureArchive(const DataOptions& options) {
  return OpenPictures(ArchivePlace(options.name), options);
}

}  // namespace hourglass
