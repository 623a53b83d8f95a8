// The library's exception type for user mistakes and bad data. Bugs are asserted instead (core/check.h).
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace hourglass {

// The kinds up to kDiverged are exit codes of the program.
enum class ErrorKind {
  kFailure = 1,   // the system failed: full disk, unwritable directory, missing program
  kUsage = 2,     // the caller asked for something impossible: unknown key, index out of range
  kData = 3,      // a file or an array is not what it claims to be
  kDiverged = 4,  // the training loss is not finite
  kNoMemory,      // a kFailure that may pass: others use the memory of a device
};

// What went wrong and where, the expected and the actual value, what to do, and the setting that does it: a
// key, with a value if one is proposed ("learning_rate = 0.1"). Each program shows the setting in its own
// syntax. what() omits empty parts.
struct ErrorText {
  std::string what;
  std::string expected = {};
  std::string got = {};
  std::string hint = {};
  std::string setting = {};
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, ErrorText text);

  ErrorKind kind() const { return kind_; }
  int exit_code() const {
    return static_cast<int>(kind_ == ErrorKind::kNoMemory ? ErrorKind::kFailure : kind_);
  }
  const ErrorText& text() const { return text_; }
  // text() with `where: ` in front of `what`, for callers that rethrow.
  ErrorText TextAt(std::string_view where) const;

 private:
  ErrorKind kind_;
  ErrorText text_;
};

// Each returns an exception to throw: `throw DataError({.what = …})`.
Error UsageError(ErrorText text);
Error DataError(ErrorText text);
Error SystemError(ErrorText text);

// A SystemError whose `got` is the text of `errno`. Call it before anything can change errno.
Error ErrnoError(std::string what, std::string hint = {});

}  // namespace hourglass
