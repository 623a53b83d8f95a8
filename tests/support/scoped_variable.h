// An environment variable for the length of a test.
#pragma once

#include <cstdlib>
#include <string>

namespace hourglass::test {

// Sets an environment variable (or unsets it, if null) until the end of the scope.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    const char* old = std::getenv(name);
    had_ = old != nullptr;
    if (had_) old_ = old;
    Set(value);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ~ScopedVariable() { Set(had_ ? old_.c_str() : nullptr); }

 private:
  void Set(const char* value) { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }
  const char* name_;
  bool had_ = false;
  std::string old_;
};

}  // namespace hourglass::test
