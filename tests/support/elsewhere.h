// A second device, for tests of code that must run on every device.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

#include "hourglass/core/device.h"

namespace hourglass::test {

// A device whose memory happens to be the host's. The host may not read it: Tensor refuses.
class Elsewhere : public Device {
 public:
  std::string name() const override { return "elsewhere"; }
  void* Allocate(size_t bytes) override {
    ++allocations;
    return HostDevice().Allocate(bytes);
  }
  void Free(void* memory) noexcept override { HostDevice().Free(memory); }
  void CopyFromHost(void* to, const void* from, size_t bytes) override {
    copied += bytes;
    std::memcpy(to, from, bytes);
  }
  void CopyToHost(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }

  int allocations = 0;
  size_t copied = 0;  // bytes from the host
};

}  // namespace hourglass::test
