// What each number of a code does to the decoded picture: one number is varied, all others stay at their
// mean, or at their value for one image.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hourglass/analysis/code_units.h"

namespace hourglass {

struct ImageCode {
  int64_t id = 0;  // of the image
  Tensor code;     // f32 [1, d]
};

struct Traversal {
  std::optional<int64_t> image;  // whose code is in the middle of each row; else the mean code
  std::vector<int64_t> numbers;  // of the code; those that say most about an image first
  int64_t constant = 0;          // numbers that were left out because they are the same for every image
  std::vector<double> steps;     // ascending, in standard deviations of the number over the images
  Tensor codes;                  // f32 [numbers · steps, d], number by number
};

// Varies up to `most` numbers by `steps` steps (at least 2) from -kTraversedDeviations to
// +kTraversedDeviations standard deviations around their means, or around the code of an image. Numbers are
// sorted by their divergence with a gaussian bottleneck, else by their variance; those that are the same for
// every image are left out, if others are not. If the code is the output of a ReLU, negative numbers become
// 0. Throws a usage Error for fewer steps or numbers and for an image's code of another size, and a data
// Error if codes are not finite.
Traversal Traverse(const CodeUnits& codes, int64_t steps, int64_t most,
                   const std::optional<ImageCode>& around = std::nullopt);

// Whether these codes can be varied: a model that diverged gives codes that are not finite.
bool AreFinite(const CodeUnits& codes);

inline constexpr double kTraversedDeviations = 2.5;

}  // namespace hourglass
