// Prevents two processes from working in the same folder. The lock ends with the process, however it exits.
#pragma once

#include <filesystem>
#include <string_view>

namespace hourglass {

class FolderLock {
 public:
  // Throws a usage Error with the text "`folder` `busy`" if another process holds the lock.
  FolderLock(const std::filesystem::path& folder, std::string_view busy);
  FolderLock(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  int descriptor_;
};

}  // namespace hourglass
