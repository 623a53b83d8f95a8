#include "hourglass/cuda/device/native_stream.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>

#include "hourglass/cuda/device/cublaslt.h"
#include "hourglass/cuda/device/memory_pool.h"
#include "hourglass/cuda/device/staging.h"
#include "hourglass/cuda/work_list.h"

namespace hourglass::cuda {
namespace {

// Held alone by a thread that makes or ends a stream with its libraries: these calls may wait for the whole
// device, which makes the recording of another thread's step fail. Held together by threads that record.
std::shared_mutex& RecordingMutex() {
  static std::shared_mutex mutex;
  return mutex;
}

cudaStream_t NewStream() {
  cudaStream_t stream = nullptr;
  Check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cannot make a stream on the GPU");
  return stream;
}

}  // namespace

NativeStream::NativeStream(int device) : device_(device) {
  const std::unique_lock alone(RecordingMutex());
  MakeDeviceCurrent();
  KeepFreedMemory(device);
  stream_.reset(NewStream());
  staging_ = std::make_unique<Staging>(stream_.get());
  cublaslt_ = std::make_unique<CublasLt>(*this);
}

NativeStream::~NativeStream() {
  // Failures of earlier work have been reported where the host waited for it, or nobody needs it.
  const std::unique_lock alone(RecordingMutex());
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_.get());
  cublaslt_.reset();
  staging_.reset();
  stream_.reset();
  (void)cudaGetLastError();
}

void* NativeStream::TryToAllocate(size_t bytes) {
  MakeDeviceCurrent();
  void* memory = nullptr;
  const cudaError_t result = cudaMallocAsync(&memory, std::max<size_t>(bytes, 1), stream_.get());
  if (result == cudaErrorMemoryAllocation) {
    (void)cudaGetLastError();  // else the next launch of a kernel would report it
    return nullptr;
  }
  Check(result, "cannot get memory of the GPU");
  return memory;
}

void* NativeStream::Allocate(size_t bytes) {
  void* memory = TryToAllocate(bytes);
  if (memory == nullptr) RefuseAllocation(device_, bytes);
  return memory;
}

void NativeStream::Free(void* memory) noexcept {
  if (memory == nullptr) return;
  // A GPU that no longer works has no memory to free. Other calls shall not report this one's failure.
  cudaSetDevice(device_);
  if (cudaFreeAsync(memory, stream_.get()) != cudaSuccess) (void)cudaGetLastError();
}

void NativeStream::CopyFromHost(void* to, const void* from, size_t bytes) {
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

void NativeStream::CopyToHost(void* to, const void* from, size_t bytes) {
  MakeDeviceCurrent();
  Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_.get()), "cannot copy from the GPU");
  Wait();
}

void NativeStream::CopyOnDevice(void* to, const void* from, size_t bytes) {
  MakeDeviceCurrent();
  Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_.get()), "cannot copy on the GPU");
}

NativeStream::Graph NativeStream::Record(const WorkList& work) {
  const std::shared_lock recording(RecordingMutex());
  MakeDeviceCurrent();
  cudaGraph_t recorded = nullptr;
  Check(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal), "cannot record a step");
  try {
    work.Run(*this);
  } catch (...) {
    cudaStreamEndCapture(stream_.get(), &recorded);  // else the stream could not be used any more
    std::unique_ptr<CUgraph_st, Destroy> incomplete(recorded);
    (void)cudaGetLastError();  // else the next launch of a kernel would report it
    throw;
  }
  Check(cudaStreamEndCapture(stream_.get(), &recorded), "cannot record a step");
  const std::unique_ptr<CUgraph_st, Destroy> graph(recorded);
  cudaGraphExec_t executable = nullptr;
  Check(cudaGraphInstantiate(&executable, graph.get(), 0), "cannot make a graph of a step");
  return Graph(executable);
}

void NativeStream::Play(const Graph& graph) {
  MakeDeviceCurrent();
  Check(cudaGraphLaunch(graph.get(), stream_.get()), "cannot start a recorded step on the GPU");
}

void NativeStream::Wait() {
  MakeDeviceCurrent();
  Check(cudaStreamSynchronize(stream_.get()), "work on the GPU failed");
}

}  // namespace hourglass::cuda
