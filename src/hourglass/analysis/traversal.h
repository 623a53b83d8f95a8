// What each number of a code does to the decoded picture: one number is varied, all others stay at their
// mean.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/analysis/code_units.h"

namespace hourglass {

struct Traversal {
  std::vector<int64_t> numbers;  // of the code; those that say most about an image first
  std::vector<double> steps;     // ascending, in standard deviations of the number over the images
  Tensor codes;                  // f32 [numbers · steps, d], number by number
};

// Varies up to `most` numbers by `steps` steps (at least 2) from -kTraversedDeviations to
// +kTraversedDeviations standard deviations. Numbers are sorted by their divergence with a gaussian
// bottleneck, else by their variance. If the code is the output of a ReLU, negative numbers become 0.
// Throws a usage Error for fewer steps or numbers, and a data Error if codes are not finite.
Traversal Traverse(const CodeUnits& codes, int64_t steps, int64_t most);

inline constexpr double kTraversedDeviations = 2.5;

}  // namespace hourglass
