#include "hourglass/core/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace hourglass {
namespace {

std::string Join(const ErrorText& text) {
  std::string all = text.what;
  if (!text.expected.empty()) all += "\n  expected: " + text.expected;
  if (!text.got.empty()) all += "\n  got:      " + text.got;
  if (!text.hint.empty() || !text.setting.empty()) all += "\n  hint:     " + text.hint;
  if (!text.setting.empty()) all += (text.hint.empty() ? "" : ": ") + text.setting;
  return all;
}

}  // namespace

Error::Error(ErrorKind kind, ErrorText text)
    : std::runtime_error(Join(text)), kind_(kind), text_(std::move(text)) {}

ErrorText Error::TextAt(std::string_view where) const {
  ErrorText text = text_;
  text.what.insert(0, ": ").insert(0, where);
  return text;
}

Error UsageError(ErrorText text) {
  return {ErrorKind::kUsage, std::move(text)};
}
Error DataError(ErrorText text) {
  return {ErrorKind::kData, std::move(text)};
}
Error SystemError(ErrorText text) {
  return {ErrorKind::kFailure, std::move(text)};
}

Error ErrnoError(std::string what, std::string hint) {
  std::string got = std::strerror(errno);
  return SystemError({.what = std::move(what), .got = std::move(got), .hint = std::move(hint)});
}

}  // namespace hourglass
