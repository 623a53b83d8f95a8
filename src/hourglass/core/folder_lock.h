// Keeps two processes from working in one folder. The lock ends with the process, however it exits.
#pragma once

#include <filesystem>
#include <string_view>

namespace hourglass {

class FolderLock {
 public:
  // If another process holds the lock, throws a usage Error that says `folder`, then `busy`.
  FolderLock(const std::filesystem::path& folder, std::string_view busy);
  FolderLock(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  int descriptor_;
};

}  // namespace hourglass
