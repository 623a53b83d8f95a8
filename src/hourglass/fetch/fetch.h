// Fetches the files of a data set from mirrors by HTTP. Resumes partial files, checks the content, and tries
// the next mirror on failure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hourglass/data/named_sets.h"

namespace hourglass {

struct FetchOptions {
  std::vector<PublishedFile> files;
  std::vector<std::string> mirrors;  // URLs of folders, tried in this order
  std::filesystem::path folder;      // created if missing
  int stall_seconds = 20;            // a mirror that sends nothing for this long is abandoned
  bool offline = false;              // only check: a missing file is an error
};

// The latest event for one file.
struct FetchEvent {
  enum class Kind {
    kPresent,   // already in the folder, with the right content
    kDamaged,   // in the folder but damaged (`message`); will be fetched again
    kStarted,   // asking `mirror`; `received` bytes remain from an earlier attempt
    kProgress,  // `received` bytes of `total` have arrived
    kFault,     // `mirror` failed: `message`
    kDone,      // fetched from `mirror` and checked, `received` bytes
  };
  Kind kind;
  std::string file;
  std::string mirror;
  uint64_t received = 0;
  uint64_t total = 0;  // 0: the server did not say
  std::string message;
};
// Must not throw.
using FetchListener = std::function<void(const FetchEvent&)>;

// Ensures that the folder holds every file of `options` with the right content. Bytes received before a fault
// stay in NAME.part and are resumed (HTTP Range); a file gets its final name only once its content is
// verified. Of an archive, the members that are needed are unpacked once it is verified; their checksums are
// kept in the folder's SHA256SUMS, for the next check, and the archive is removed. Throws a data Error if an
// undamaged file with other content exists (it is never overwritten) or a verified archive lacks a member, a
// system Error if no mirror delivers a file (listing each mirror's fault) or the folder cannot be written.
void FetchFiles(const FetchOptions& options, const FetchListener& listener);

}  // namespace hourglass
