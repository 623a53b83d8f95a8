#include "hourglass/cuda/device/cuda_stream.h"

#include <algorithm>
#include <cstring>

#include "hourglass/cuda/device/cublaslt.h"
#include "hourglass/cuda/device/memory_pool.h"
#include "hourglass/cuda/device/staging.h"

namespace hourglass::cuda {
namespace {

cudaStream_t NewStream() {
  cudaStream_t stream = nullptr;
  Check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cannot make a stream on the GPU");
  return stream;
}

}  // namespace

Stream::Stream(int device) : device_(device) {
  MakeDeviceCurrent();
  KeepFreedMemory(device);
  stream_.reset(NewStream());
  staging_ = std::make_unique<Staging>(stream_.get());
  cublaslt_ = std::make_unique<CublasLt>(*this);
}

Stream::~Stream() {
  // Failures of earlier work have been reported where the host waited for it, or nobody needs it.
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_.get());
  cublaslt_.reset();
}

void* Stream::Allocate(size_t bytes) {
  MakeDeviceCurrent();
  void* memory = nullptr;
  const cudaError_t result = cudaMallocAsync(&memory, std::max<size_t>(bytes, 1), stream_.get());
  if (result == cudaErrorMemoryAllocation) RefuseAllocation(device_, bytes);
  Check(result, "cannot get memory of the GPU");
  return memory;
}

void Stream::Free(void* memory) noexcept {
  if (memory == nullptr) return;
  // A GPU that no longer works has no memory to free. Other calls shall not report this one's failure.
  cudaSetDevice(device_);
  if (cudaFreeAsync(memory, stream_.get()) != cudaSuccess) (void)cudaGetLastError();
}

void Stream::CopyFromHost(void* to, const void* from, size_t bytes) {
  MakeDeviceCurrent();
  for (size_t begin = 0; begin < bytes; begin += Staging::kMostBytes) {
    const size_t size = std::min(bytes - begin, Staging::kMostBytes);
    void* staged = staging_->Take(size);
    std::memcpy(staged, static_cast<const char*>(from) + begin, size);
    Check(
        cudaMemcpyAsync(static_cast<char*>(to) + begin, staged, size, cudaMemcpyHostToDevice, stream_.get()),
        "cannot copy to the GPU");
  }
}

void Stream::CopyToHost(void* to, const void* from, size_t bytes) {
  MakeDeviceCurrent();
  Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_.get()), "cannot copy from the GPU");
  Wait();
}

void Stream::CopyOnDevice(void* to, const void* from, size_t bytes) {
  MakeDeviceCurrent();
  Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_.get()), "cannot copy on the GPU");
}

void Stream::Wait() {
  MakeDeviceCurrent();
  Check(cudaStreamSynchronize(stream_.get()), "work on the GPU failed");
}

}  // namespace hourglass::cuda
