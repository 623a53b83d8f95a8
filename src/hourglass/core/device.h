// The memory that holds a tensor's elements: the host's or a device's.
#pragma once

#include <cstddef>
#include <string>

namespace hourglass {

class Device {
 public:
  virtual ~Device() = default;

  virtual std::string name() const = 0;  // "host", "cuda:0"

  // Returns `bytes` bytes, aligned to 64. Throws std::bad_alloc, or a system Error that shows how much is
  // free.
  virtual void* Allocate(size_t bytes) = 0;
  virtual void Free(void* memory) noexcept = 0;
  // The transfers that Tensor::CopyTo uses. `to` and `from` do not overlap.
  virtual void CopyFromHost(void* to, const void* from, size_t bytes) = 0;
  virtual void CopyToHost(void* to, const void* from, size_t bytes) = 0;
};

// Host memory; large blocks use huge pages.
Device& HostDevice();

}  // namespace hourglass
