// One HTTP transfer into a file, resumed where an earlier one stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace hourglass {

struct Download {
  std::string url;
  std::filesystem::path path;  // what it holds already is taken for the beginning of the file
  uint64_t limit = 0;          // bytes; a server that sends more is cut off
  int stall_seconds = 20;
};

// `received` counts what the file held before; `total` is 0 when the server does not say.
using DownloadProgress = std::function<void(uint64_t received, uint64_t total)>;

// Asks for what is missing (HTTP Range) and appends it; starts anew when the server sends the whole. A file
// that grows beyond the limit is removed. Returns the fault in words, or "" when the server's answer arrived
// whole. Throws a system Error when the file cannot be written.
std::string Run(const Download& download, const DownloadProgress& progress);

}  // namespace hourglass
