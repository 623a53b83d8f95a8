#include "hourglass/cuda/device/staging.h"

#include "hourglass/cuda/device/check.h"

namespace hourglass::cuda {

Staging::Staging(cudaStream_t stream) : stream_(stream) {
  void* memory = nullptr;
  Check(cudaMallocHost(&memory, 2 * kMostBytes), "cannot get page-locked memory for copies to the GPU");
  memory_.reset(memory);
  for (auto& read : read_) {
    cudaEvent_t event = nullptr;
    Check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cannot make an event on the GPU");
    read.reset(event);
  }
}

void* Staging::Take(size_t bytes) {
  constexpr size_t kAlignment = 64;
  if (used_ + bytes > kMostBytes) {
    Check(cudaEventRecord(read_[half_].get(), stream_), "cannot copy to the GPU");
    half_ = 1 - half_;
    used_ = 0;
    Check(cudaEventSynchronize(read_[half_].get()), "work on the GPU failed");
  }
  char* taken = static_cast<char*>(memory_.get()) + static_cast<size_t>(half_) * kMostBytes + used_;
  used_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return taken;
}

}  // namespace hourglass::cuda
