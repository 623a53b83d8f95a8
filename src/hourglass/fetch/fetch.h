// Fetches the files of a data set from mirrors by HTTP: resumes, checks the content, goes on to the next
// mirror.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace hourglass {

struct FetchFile {
  std::string name;    // at the mirror and in the folder, with .gz
  std::string sha256;  // of the uncompressed content, which is the same whoever compressed it
  uint64_t bytes = 0;  // of the uncompressed content
};

struct FetchOptions {
  std::vector<FetchFile> files;
  std::vector<std::string> mirrors;  // addresses of folders, tried in this order
  std::filesystem::path folder;      // created when missing
  int stall_seconds = 20;            // a mirror that sends nothing for so long is given up
  bool offline = false;              // only look: a file that is not there is an error
};

// What happened last to one file.
struct FetchEvent {
  enum class Kind {
    kPresent,   // the folder has it already, and its content is right
    kDamaged,   // the folder has it, but damaged (`message`): it will be fetched again
    kStarted,   // asking `mirror`; `received` bytes are there from an earlier attempt
    kProgress,  // `received` bytes of `total` are there
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

// Makes every file of `options` lie in the folder with the right content. What was received before a fault
// stays in NAME.part and is resumed (HTTP Range); a file appears under its own name only when its content is
// right. Throws a data Error when a sound file with other content is in the way (it is never overwritten), a
// system Error when no mirror delivers a file (naming each one's fault) or the folder cannot be written.
void Fetch(const FetchOptions& options, const FetchListener& listener);

// The four files of MNIST and their public mirrors; the folder is left to the caller.
FetchOptions MnistFetchOptions();

}  // namespace hourglass
