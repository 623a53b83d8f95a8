// Runs the program as users do, in a separate process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"

namespace hourglass::test {

struct Outcome {
  int code = 0;  // exit code; 128 + signal if a signal ended it
  std::string out, err;
};

struct ProcessOptions {
  std::filesystem::path folder;  // working directory; empty: the caller's
  std::map<std::string, std::string> environment =
      {};                 // added to the caller's; the caller's HOURGLASS_* are not passed on
  unsigned user = 0;      // user that root switches to; 0: none
  long largest_file = 0;  // bytes; simulates a full disk. 0: no limit
};

// A running program; its output goes to files until it ends.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments, const ProcessOptions& options = {});
  Process(const Process&) = delete;
  ~Process();

  void Signal(int number) const;
  // Waits for its end.
  Outcome Wait();
  bool Ended();

 private:
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
  std::filesystem::path out_, err_;
};

Outcome RunHourglass(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

// Runs it with --json, expects success, and parses what it prints.
Json JsonOfHourglass(std::vector<std::string> arguments, const ProcessOptions& options);

// Writes an IDX file of bytes; sizes [images, height, width], [images, channels, height, width] or [labels].
void WriteIdx(const std::filesystem::path& path, const std::vector<uint32_t>& sizes, std::string_view bytes);

// Writes `train` and `test` images of 8 x 8 soft blobs with labels into `folder` as the four IDX files of
// MNIST.
void WriteBlobs(const std::filesystem::path& folder, int64_t train, int64_t test);

}  // namespace hourglass::test
