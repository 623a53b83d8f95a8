// What the tables of operation cases share.
#pragma once

#include <cctype>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/operation_cases.h"
#include "support/random.h"

namespace hourglass::test {

// What outputs hold before an operation runs: NaN where it writes, 9 where it adds.
inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kAdded = 9;

// What one rounding of an output costs, relative to the largest element, with room for the sums before it.
inline double Tolerance(DType dtype) {
  return dtype == DType::kF32 ? 1e-5 : 0x1p-8;
}

inline std::vector<double> Plus9(std::vector<double> values) {
  for (double& value : values) value += kAdded;
  return values;
}

// The values as the compute type sees them.
inline std::vector<double> Rounded(std::vector<double> values, DType dtype) {
  if (dtype == DType::kBF16) {
    for (double& value : values) value = BFloat16::FromFloat(static_cast<float>(value)).ToFloat();
  }
  return values;
}

template <class Case, class... Arguments>
std::function<std::unique_ptr<PreparedOperation>()> Preparing(Arguments... arguments) {
  return [=] { return std::make_unique<Case>(arguments...); };
}

inline std::string TitleCase(std::string_view name) {
  std::string title(name);
  title[0] = static_cast<char>(std::toupper(title[0]));
  return title;
}

// The rows of the convolutions.
void AddConvolutions(std::vector<OperationCase>& cases);

}  // namespace hourglass::test
