// Numbers below 1.2e-38 take a slow path in the CPU: a whole epoch can be up to 25 times slower. Adam's
// moments of pixels that are always 0 decay into that range after about 30 epochs of MNIST.
#pragma once

#include <vector>

namespace hourglass::cpu {

// While it exists, the calling thread and its `threads` OpenMP threads read and write zero for such numbers.
// Its destructor restores each thread's mode.
class FlushDenormals {
 public:
  explicit FlushDenormals(int threads);
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::vector<unsigned> modes_;  // previous mode of each thread
};

}  // namespace hourglass::cpu
