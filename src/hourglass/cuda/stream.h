// Work on a device, done in the order in which it was asked for, while the host goes on. It is sent there a
// step at a time. A step that repeats an earlier one, call by call and address by address, is recorded as one
// unit (a graph of CUDA), which the device starts much faster. Hence what changes from step to step must lie
// in memory: see StepInput.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

#include "hourglass/cuda/memory_cache.h"
#include "hourglass/cuda/work_list.h"

#ifdef __CUDACC__
#include "hourglass/cuda/device/native_stream.h"
#else
#include "hourglass/cuda/emulated/native_stream.h"
#endif

namespace hourglass::cuda {

class Stream {
 public:
  explicit Stream(NativeStream::Place place) : native_(place) {}
  // Waits for the work.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Memory for the work that follows, aligned to 64 bytes. Throws an Error of kind kNoMemory if there is too
  // little.
  void* Allocate(size_t bytes);
  // After the work so far; the host does not wait.
  void Free(void* memory) noexcept;

  // The device's copy of `values`, for the work up to the next EndStep, copy or Wait. The host may change
  // `values` at once. The same calls get the same addresses in every step.
  template <class T>
  const T* StepInput(std::span<const T> values) {
    return static_cast<const T*>(StepInput(values.data(), values.size_bytes()));
  }
  // Runs kernel(arguments...) on `blocks` blocks of `threads` threads.
  template <class... Parameters, class... Arguments>
  void Launch(unsigned blocks, unsigned threads, void (*kernel)(Parameters...), Arguments... arguments) {
    Enqueue([=](NativeStream& native) { native.Launch(blocks, threads, kernel, arguments...); });
  }
  // Calls call(NativeStream&) when its turn comes. `call` is kept by value.
  template <class Call>
  void Enqueue(const Call& call) {
    work_.Add(call);
  }
  // Sends the work so far.
  void Send();
  // The same, as a step whose like may follow.
  void EndStep();

  // The host may change `from` at once.
  void CopyFromHost(void* to, const void* from, size_t bytes);
  // Waits.
  void CopyToHost(void* to, const void* from, size_t bytes);
  void CopyOnDevice(void* to, const void* from, size_t bytes);
  void Wait();

  // How many steps ran as recorded.
  int64_t replays() const { return replays_; }

 private:
  // Memory of the device for inputs of steps, and what a step puts there.
  struct Inputs {
    std::byte* on_device;
    size_t capacity;
    std::vector<std::byte> values;
  };
  struct Step {
    WorkList work;
    std::optional<NativeStream::Graph> recorded;
  };

  const void* StepInput(const void* values, size_t bytes);
  Inputs& InputsFor(size_t bytes);
  void CopyInputs();
  void SendInputs();
  void RunStep();
  void* AllocateBlock(size_t bytes);

  NativeStream native_;
  MemoryCache memory_;
  std::vector<Inputs> inputs_;
  WorkList work_;
  std::list<Step> steps_;  // the last ones, those that were used last first
  int64_t replays_ = 0;
};

}  // namespace hourglass::cuda
