// The members of an archive, in the folder that they were unpacked to.
#pragma once

#include <filesystem>

#include "hourglass/data/named_sets.h"

namespace hourglass {

// Whether `folder` holds all members of `archive`, unpacked by Unpack() and unchanged. Throws a data Error if
// one has changed.
bool IsUnpacked(const std::filesystem::path& folder, const PublishedFile& archive);

// Writes the members of `archive`, which lies at `path` and whose checksum is right, to `folder`, each under
// the last part of its name and atomically; then their checksums to SHA256SUMS there. A file that exists must
// have the same content. Throws a data Error that names the member if it does not, or if the archive has no
// such file or several.
void Unpack(const std::filesystem::path& path, const PublishedFile& archive,
            const std::filesystem::path& folder);

}  // namespace hourglass
