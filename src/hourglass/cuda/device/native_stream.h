// The work of a stream on a device of CUDA.
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
class WorkList;

// Every function first makes the stream's device the current one, because that belongs to a thread in CUDA:
// so any thread may use a stream. CopyFromHost and products may be asked for by one thread at a time.
class NativeStream {
 public:
  using Place = int;
  static constexpr bool kChecksMemory = false;
  static constexpr size_t kBlockStep = 512;  // bytes: few sizes, so that freed blocks fit again

  // On device number `device`. Throws a system Error.
  explicit NativeStream(int device);
  // Waits for the work.
  ~NativeStream();
  NativeStream(const NativeStream&) = delete;
  NativeStream& operator=(const NativeStream&) = delete;

  // Memory for the work that follows. Null if there is no room; the second then throws a system Error that
  // shows how much is free.
  void* TryToAllocate(size_t bytes);
  void* Allocate(size_t bytes);
  // After the work before it; the host does not wait.
  void Free(void* memory) noexcept;

  // Only the emulation checks memory.
  void BeginUse(void*, size_t) {}
  void EndUse(void*) {}

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

  // A graph of CUDA: a step that the device runs at one call.
  struct Destroy {
    void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
    void operator()(cudaGraph_t graph) const { cudaGraphDestroy(graph); }
    void operator()(cudaGraphExec_t graph) const { cudaGraphExecDestroy(graph); }
  };
  using Graph = std::unique_ptr<CUgraphExec_st, Destroy>;
  // `work` has run before, so that it allocates nothing.
  Graph Record(const WorkList& work);
  void Play(const Graph& graph);

  // For calls of libraries.
  void MakeDeviceCurrent() { Check(cudaSetDevice(device_), "cannot use the GPU"); }
  cudaStream_t get() { return stream_.get(); }
  CublasLt& cublaslt() { return *cublaslt_; }

 private:
  int device_;
  std::unique_ptr<CUstream_st, Destroy> stream_;
  std::unique_ptr<Staging> staging_;
  std::unique_ptr<CublasLt> cublaslt_;
};

}  // namespace hourglass::cuda
