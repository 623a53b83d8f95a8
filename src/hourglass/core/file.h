// Files, whole and atomically: a reader sees the old content or the new one, never a part.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

// The content of `path`. Throws a data Error when it does not exist, is a folder or is a device other than
// /dev/null, a system Error when it cannot be read.
std::string ReadFile(const std::filesystem::path& path);

// Writes `content` beside `path`, flushes it to the disk and renames it over `path`; of a link, over the file
// that it names. Throws a system Error that names the path (a full disk, a folder that cannot be written, a
// device or a folder at `path`); then the old content of `path` is untouched.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view content);
// The same for content in several parts, one behind the other.
void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::string_view> parts);

// Appends `line` and a line break to the file at `path`, without flushing: a crash may leave a part of it.
// Throws a system Error that names the path.
void AppendLine(const std::filesystem::path& path, std::string line);

// Whether both paths name one file; false where one does not exist.
bool IsSameFile(const std::filesystem::path& a, const std::filesystem::path& b);

// Gives the file `from` the further name `to`, atomically. False where that is impossible, as on file systems
// without hard links.
bool LinkAtomically(const std::filesystem::path& from, const std::filesystem::path& to);

// Removes from `folder` what atomic writers left there when they were killed.
void RemoveLeftovers(const std::filesystem::path& folder);

// Creates `path` and its parents; throws a system Error when that fails.
void CreateDirectories(const std::filesystem::path& path);

}  // namespace hourglass
