// Keeps two processes from working in one folder. The lock ends with the process, however it exits.
#pragma once

#include <filesystem>
#include <string_view>

namespace hourglass {

class FolderLock {
 public:
  // Throws a usage Error, `folder` and what `busy` says of it, when another process holds its lock.
  FolderLock(const std::filesystem::path& folder, std::string_view busy);
  FolderLock(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  int descriptor_;
};

}  // namespace hourglass
