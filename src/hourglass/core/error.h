// The one exception type of the library: what users or data can cause. Bugs are asserted, not thrown.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace hourglass {

// Each kind is the exit code that the program ends with.
enum class ErrorKind {
  kFailure = 1,   // the system refused: a full disk, an unwritable directory, a missing program
  kUsage = 2,     // the caller asked for something impossible: an unknown key, an index out of range
  kData = 3,      // a file or an array is not what it claims to be
  kDiverged = 4,  // training produced a loss that is not a number
};

// What went wrong and where, what was expected, what was got, what to do, and the setting that does it: its
// key, with a value where one is proposed ("learning_rate = 0.1"), which a program shows as its users would
// give it. Empty parts are left out of what().
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
  int exit_code() const { return static_cast<int>(kind_); }
  const ErrorText& text() const { return text_; }
  // text() with what went wrong as `where: what`, for callers that rethrow it.
  ErrorText TextAt(std::string_view where) const;

 private:
  ErrorKind kind_;
  ErrorText text_;
};

// Shorthands; each returns the exception to throw: `throw DataError({.what = …})`.
Error UsageError(ErrorText text);
Error DataError(ErrorText text);
Error SystemError(ErrorText text);

// As SystemError, with the text of `errno` as what was got. Call it before anything else can change errno.
Error ErrnoError(std::string what, std::string hint = {});

}  // namespace hourglass
