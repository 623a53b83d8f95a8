// Checks the errors of public functions for wrong arguments.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "hourglass/core/error.h"

namespace hourglass::test {

// Calls that must throw a usage Error whose text contains `part`.
struct WrongCall {
  std::string part;
  std::function<void()> call;
};

inline void ExpectUsageErrors(const std::vector<WrongCall>& calls) {
  for (const auto& [part, call] : calls) {
    try {
      call();
      ADD_FAILURE() << "no error with: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage) << error.what();
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part << " in: " << error.what();
    }
  }
}

}  // namespace hourglass::test
