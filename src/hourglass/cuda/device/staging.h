// Page-locked memory of the host, through which copies go to a device. CUDA may read other memory of the host
// later than when a copy was asked for, or make the host wait for all earlier work.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>

namespace hourglass::cuda {

// Two halves: one is filled while the device may still read the other.
class Staging {
 public:
  static constexpr size_t kMostBytes = size_t{8} << 20;

  // For copies on `stream`, on the current device. Throws a system Error.
  explicit Staging(cudaStream_t stream);

  // At most kMostBytes, for one copy, to be asked for before the next call. Waits if the device still has to
  // read what was there.
  void* Take(size_t bytes);

 private:
  struct FreeMemory {
    void operator()(void* memory) const { cudaFreeHost(memory); }
  };
  struct DestroyEvent {
    void operator()(cudaEvent_t event) const { cudaEventDestroy(event); }
  };

  cudaStream_t stream_;
  std::unique_ptr<void, FreeMemory> memory_;
  std::unique_ptr<CUevent_st, DestroyEvent> read_[2];  // the copies from each half are done
  int half_ = 0;
  size_t used_ = 0;
};

}  // namespace hourglass::cuda
