// Numbers below 1.2e-38 take a slow path of the processor, up to 25 times slower for a whole epoch: Adam's
// moments of pixels that are always 0 decay into that range after some thirty epochs of MNIST.
#pragma once

#include <vector>

namespace hourglass::cpu {

// While it lives, the calling thread and the `threads` threads of OpenMP that work for it take and give zero
// for such numbers. Each gets its own mode back at the end.
class FlushDenormals {
 public:
  explicit FlushDenormals(int threads);
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::vector<unsigned> modes_;  // of each thread before
};

}  // namespace hourglass::cpu
