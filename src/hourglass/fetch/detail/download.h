// One HTTP transfer into a file; resumes where an earlier one stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace hourglass {

struct Download {
  std::string url;
  std::filesystem::path path;  // existing content is taken as the beginning of the file
  uint64_t limit = 0;          // in bytes; aborted if the server sends more
  int stall_seconds = 20;
};

// `received` includes what the file held before; `total` is 0 if the server does not say.
using DownloadProgress = std::function<void(uint64_t received, uint64_t total)>;

// Requests the missing part (HTTP Range) and appends it; starts over if the server sends the whole file. A
// file that grows beyond the limit is removed. Returns a description of the fault, or "" if the response
// arrived completely. Throws a system Error if the file cannot be written.
std::string Run(const Download& download, const DownloadProgress& progress);

}  // namespace hourglass
