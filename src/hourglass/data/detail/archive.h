// Archives, read by libarchive: zip (npz), tar, plain or compressed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace hourglass {

// A file in an archive.
struct ArchiveMember {
  std::string name;
  std::string content;
};

// Reads all files of an archive whose names `wanted` accepts, in their order. Throws a data Error that names
// the archive and the member if it is damaged, encrypted or, with `most_bytes` in all, too large.
std::vector<ArchiveMember> ReadArchive(const std::filesystem::path& path,
                                       const std::function<bool(const std::string& name)>& wanted,
                                       uint64_t most_bytes);

}  // namespace hourglass
