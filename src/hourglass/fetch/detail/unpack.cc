#include "hourglass/fetch/detail/unpack.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/data/archive.h"
#include "hourglass/data/content_reader.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

// As sha256sum writes and checks it.
constexpr char kSumsName[] = "SHA256SUMS";

using Sums = std::map<std::string, std::string>;  // by file

// Empty if there is no such file.
Sums ReadSums(const fs::path& folder) {
  Sums sums;
  if (!fs::exists(folder / kSumsName)) return sums;
  std::istringstream lines(ReadFile(folder / kSumsName));
  for (std::string sum, name; lines >> sum >> name;) sums[name] = sum;
  return sums;
}

void WriteSums(const fs::path& folder, const Sums& sums) {
  std::string text;
  for (const auto& [name, sum] : sums) text += fmt::format("{}  {}\n", sum, name);
  WriteFileAtomically(folder / kSumsName, text);
}

// The file that a member becomes. Only names in the table reach this, never those that an archive gives.
std::string FileName(const std::string& member) {
  return member.substr(member.rfind('/') + 1);
}

void CheckSame(const fs::path& path, const std::string& expected) {
  const std::string sum = FileSha256(path);
  if (sum == expected) return;
  throw DataError({.what = fmt::format("{} already exists with other content", path.string()),
                   .expected = fmt::format("content with SHA-256 {}", expected),
                   .got = sum,
                   .hint = "move it away, or fetch into another folder",
                   .setting = "data_dir"});
}

}  // namespace

bool IsUnpacked(const fs::path& folder, const PublishedFile& archive) {
  const Sums sums = ReadSums(folder);
  for (const std::string& member : archive.members) {
    const auto sum = sums.find(FileName(member));
    if (sum == sums.end() || !fs::exists(folder / sum->first)) return false;
    CheckSame(folder / sum->first, sum->second);
  }
  return true;
}

void Unpack(const fs::path& path, const PublishedFile& archive, const fs::path& folder) {
  Sums unpacked;
  uint64_t most_bytes = archive.unpacked_bytes;
  ArchiveReader reader(path);
  while (reader.Next()) {
    if (std::ranges::find(archive.members, reader.name()) == archive.members.end()) continue;
    const std::string name = FileName(reader.name()), content = reader.Content(most_bytes);
    most_bytes -= content.size();
    const std::string sum = Sha256(content);
    if (!unpacked.emplace(name, sum).second)
      throw DataError({.what = fmt::format("{} holds {} twice", archive.name, reader.name())});
    if (fs::exists(folder / name)) {
      CheckSame(folder / name, sum);
    } else {
      WriteFileAtomically(folder / name, content);
    }
  }
  for (const std::string& member : archive.members) {
    if (!unpacked.contains(FileName(member))) {
      throw DataError({.what = fmt::format("{} does not hold {}", archive.name, member)});
    }
  }
  Sums sums = ReadSums(folder);
  for (const auto& [name, sum] : unpacked) sums[name] = sum;
  WriteSums(folder, sums);
}

}  // namespace hourglass
