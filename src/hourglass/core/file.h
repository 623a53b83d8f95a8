// Whole files, written atomically: a reader sees either the old content or the new.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

// The content of `path`. Throws a data Error if it does not exist, is a folder, or is a device other than
// /dev/null; a system Error if it cannot be read.
std::string ReadFile(const std::filesystem::path& path);

// Writes `content` to a file beside `path`, flushes it to disk and renames it to `path`. Follows symbolic
// links. Throws a system Error that names the path (full disk, unwritable folder, a device or folder at
// `path`); the old content of `path` then remains.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view content);
// The same for content in several consecutive parts.
void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::string_view> parts);

// For other ways to write a file atomically: what to replace for `path`, which is the file behind it if it is
// a symbolic link. Throws a system Error for a device, a pipe or a folder.
std::filesystem::path FileToReplace(const std::filesystem::path& path);
// After a file was renamed to `path`: writes its name to disk.
void SyncFolderOf(const std::filesystem::path& path);

// Appends `line` and a line break to the file at `path`, without flushing: a crash may leave a partial line.
// Throws a system Error that names the path.
void AppendLine(const std::filesystem::path& path, std::string line);

// The size of a file and when it changed, as a text that is another one after each change. Empty if the file
// cannot be looked at.
std::string StateOfFile(const std::filesystem::path& path);

// True if both paths name the same file; false if either does not exist.
bool IsSameFile(const std::filesystem::path& a, const std::filesystem::path& b);

// Makes `to` a hard link to the file `from`, atomically. False if that is impossible, for example on file
// systems without hard links.
bool LinkAtomically(const std::filesystem::path& from, const std::filesystem::path& to);

// Removes the temporary files that killed atomic writes left in `folder`.
void RemoveLeftovers(const std::filesystem::path& folder);

// Creates `path` and its parents; throws a system Error if that fails.
void CreateDirectories(const std::filesystem::path& path);

}  // namespace hourglass
