// A stream of CUDA.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <new>

#include "hourglass/core/error.h"
#include "hourglass/cuda/language.h"

namespace hourglass::cuda {

// Throws a system Error unless a call succeeded.
inline void Check(cudaError_t result, const char* what) {
  if (result == cudaSuccess) return;
  throw SystemError({.what = what, .got = cudaGetErrorString(result)});
}

class Stream {
 public:
  // On device `device`.
  explicit Stream(int device) {
    Check(cudaSetDevice(device), "cannot use the GPU");
    Check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cannot make a stream on the GPU");
  }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void* Allocate(size_t bytes) {
    void* memory = nullptr;
    if (cudaMallocAsync(&memory, bytes > 0 ? bytes : 1, stream_) != cudaSuccess) throw std::bad_alloc();
    return memory;
  }
  void Free(void* memory) noexcept { cudaFreeAsync(memory, stream_); }

  void CopyFromHost(void* to, const void* from, size_t bytes) {
    Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "cannot copy to the GPU");
  }
  void CopyToHost(void* to, const void* from, size_t bytes) {
    Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "cannot copy from the GPU");
    Wait();
  }
  void Wait() { Check(cudaStreamSynchronize(stream_), "work on the GPU failed"); }

  template <class... Parameters, class... Arguments>
  void Launch(unsigned blocks, unsigned threads, void (*kernel)(Parameters...), Arguments... arguments) {
    kernel<<<blocks, threads, 0, stream_>>>(arguments...);
    Check(cudaGetLastError(), "cannot start a kernel on the GPU");
  }

 private:
  cudaStream_t stream_ = nullptr;
};

}  // namespace hourglass::cuda
