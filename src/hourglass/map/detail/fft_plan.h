// How a discrete Fourier transform is divided into passes.
#pragma once

#include <cstdint>
#include <vector>

namespace hourglass {

// A pass over all rows: transforms of `radix` numbers, `step` of them side by side, multiplied by factors.
struct FftStage {
  int radix;
  int64_t length;              // of the transforms that this pass begins
  int64_t step;                // rows between neighbours in such a transform
  std::vector<float> factors;  // [length / radix, radix - 1, 2]: cos and sin of -2π p k / length
};

// Stockham's algorithm, which needs no bit reversal; decimation in frequency. Source: Van Loan,
// "Computational Frameworks for the Fast Fourier Transform", SIAM 1992, chapter 1.7.
struct FftPlan {
  int64_t rows = 0;
  std::vector<FftStage> stages;
};

// `rows` must be a product of twos and threes, at least 2.
FftPlan MakeFftPlan(int64_t rows);

}  // namespace hourglass
