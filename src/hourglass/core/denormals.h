// Numbers below 1.2e-38 take a slow path in the CPU: a whole epoch can be up to 25 times slower. Adam's
// moments of pixels that are always 0 decay into that range after about 30 epochs of MNIST.
#pragma once

namespace hourglass {

// While it exists, the thread that made it reads and writes zero for such numbers.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned mode_;  // the previous one
};

}  // namespace hourglass
