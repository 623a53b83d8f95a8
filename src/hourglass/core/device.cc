#include "hourglass/core/device.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace hourglass {
namespace {

constexpr size_t kAlignment = 64;  // a cache line and the widest vector
constexpr size_t kHugePage = size_t{2} << 20;

class Host : public Device {
 public:
  std::string name() const override { return "host"; }

  void* Allocate(size_t bytes) override {
    const size_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
    const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    if (alignment == kHugePage) ::madvise(memory, rounded, MADV_HUGEPAGE);
    return memory;
  }
  void Free(void* memory) noexcept override { std::free(memory); }
  void CopyFromHost(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void CopyToHost(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
};

}  // namespace

Device& HostDevice() {
  static Host host;
  return host;
}

}  // namespace hourglass
