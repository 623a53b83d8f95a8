// Memory of a device that was freed, for those who next need as much. So a step allocates nothing, and gets
// the addresses of the step before.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "hourglass/core/check.h"

namespace hourglass::cuda {

class MemoryCache {
 public:
  // An unused block of that size, or null.
  void* Take(size_t block_size) {
    std::vector<void*>& unused = unused_[block_size];
    if (unused.empty()) return nullptr;
    void* memory = unused.back();
    unused.pop_back();
    return memory;
  }
  // A new block, which is in use.
  void Add(void* memory, size_t block_size) { sizes_[memory] = block_size; }
  // From now on, a block is unused.
  void Return(void* memory) {
    const auto found = sizes_.find(memory);
    HOURGLASS_CHECK(found != sizes_.end());
    unused_[found->second].push_back(memory);
  }

  // Forgets all unused blocks, and calls free(memory) for each.
  template <class Free>
  void Clear(Free free) {
    for (auto& [size, blocks] : unused_) {
      for (void* memory : blocks) {
        sizes_.erase(memory);
        free(memory);
      }
      blocks.clear();
    }
  }
  // The same for all blocks.
  template <class Free>
  void ClearAll(Free free) {
    for (const auto& [memory, size] : sizes_) free(memory);
    sizes_.clear();
    unused_.clear();
  }

 private:
  std::map<void*, size_t> sizes_;                // of all blocks
  std::map<size_t, std::vector<void*>> unused_;  // by size
};

}  // namespace hourglass::cuda
