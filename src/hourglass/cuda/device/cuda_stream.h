// A stream of CUDA.
#pragma once

#ifndef __CUDACC__
#error "only nvcc may compile this: other compilers get the emulation (stream.h)"
#endif

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>

#include "hourglass/cuda/device/check.h"
#include "hourglass/cuda/language.h"

namespace hourglass::cuda {

class CublasLt;
class Staging;

// Every function first makes the stream's device the current one, because that belongs to a thread in CUDA:
// so any thread may use a stream. CopyFromHost and products may be asked for by one thread at a time.
class Stream {
 public:
  // On device number `device`. Throws a system Error.
  explicit Stream(int device);
  // Waits for the work.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Memory for the work that follows. Throws a system Error that shows how much is free.
  void* Allocate(size_t bytes);
  // After the work before it; the host does not wait.
  void Free(void* memory) noexcept;

  // The host may change `from` at once.
  void CopyFromHost(void* to, const void* from, size_t bytes);
  // Waits.
  void CopyToHost(void* to, const void* from, size_t bytes);
  void CopyOnDevice(void* to, const void* from, size_t bytes);
  void Wait();

  template <class... Parameters, class... Arguments>
  void Launch(unsigned blocks, unsigned threads, void (*kernel)(Parameters...), Arguments... arguments) {
    MakeDeviceCurrent();
    kernel<<<blocks, threads, 0, stream_.get()>>>(arguments...);
    Check(cudaGetLastError(), "cannot start a kernel on the GPU");
  }

  // For calls of libraries.
  void MakeDeviceCurrent() { Check(cudaSetDevice(device_), "cannot use the GPU"); }
  cudaStream_t get() { return stream_.get(); }
  CublasLt& cublaslt() { return *cublaslt_; }

 private:
  struct Destroy {
    void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
  };

  int device_;
  std::unique_ptr<CUstream_st, Destroy> stream_;
  std::unique_ptr<Staging> staging_;
  std::unique_ptr<CublasLt> cublaslt_;
};

}  // namespace hourglass::cuda
