// Where a tensor's elements lie: in the host's memory or in a device's.
#pragma once

#include <cstddef>
#include <string>

namespace hourglass {

class Device {
 public:
  virtual ~Device() = default;

  virtual std::string name() const = 0;  // "host", "cuda:0"

  // `bytes` bytes aligned to 64, or throws std::bad_alloc.
  virtual void* Allocate(size_t bytes) = 0;
  virtual void Free(void* memory) noexcept = 0;
  // The transfers that Tensor::CopyTo is made of. `to` and `from` do not overlap.
  virtual void CopyFromHost(void* to, const void* from, size_t bytes) = 0;
  virtual void CopyToHost(void* to, const void* from, size_t bytes) = 0;
};

// The host's own memory; large blocks use huge pages.
Device& HostDevice();

}  // namespace hourglass
