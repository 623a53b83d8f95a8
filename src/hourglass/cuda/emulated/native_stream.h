// The work of a stream without a device. It makes mistakes show that a device would hide most of the time:
// work is done only when the host waits, memory begins as NaN and ends at an inaccessible page, what is
// written around it is found, and the host cannot reach the memory of the device at all.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "hourglass/cuda/language.h"
#include "hourglass/cuda/work_list.h"

namespace hourglass::cuda {

class NativeStream {
 public:
  using Place = emulation::Order;
  static constexpr bool kChecksMemory = true;
  static constexpr size_t kBlockStep = 64;  // bytes

  explicit NativeStream(Place order) : order_(order) {}
  ~NativeStream();
  NativeStream(const NativeStream&) = delete;
  NativeStream& operator=(const NativeStream&) = delete;

  // A multiple of 64 bytes, aligned to 64. Null if there is no room; the second throws.
  void* TryToAllocate(size_t bytes);
  void* Allocate(size_t bytes);
  // After the work so far.
  void Free(void* memory) noexcept;

  // From now on, `bytes` of allocated memory are in use: all of it becomes NaN.
  void BeginUse(void* memory, size_t bytes);
  // Checks that nothing was written around what was in use.
  void EndUse(void* memory);

  // The host may change `from` at once.
  void CopyFromHost(void* to, const void* from, size_t bytes);
  // Waits.
  void CopyToHost(void* to, const void* from, size_t bytes);
  void CopyOnDevice(void* to, const void* from, size_t bytes);
  void Wait();

  template <class... Parameters, class... Arguments>
  void Launch(unsigned blocks, unsigned threads, void (*kernel)(Parameters...), Arguments... arguments) {
    Enqueue([=, order = order_] {
      emulation::Run(blocks, threads, kSharedBytes, order, [&] { kernel(arguments...); });
    });
  }
  // For what is no kernel but a call of a library.
  void Enqueue(std::function<void()> work) { queue_.push_back(std::move(work)); }

  // A recorded step: its calls, with their arguments as they were then.
  struct Graph {
    WorkList work;
  };
  Graph Record(const WorkList& work) { return {work}; }
  void Play(const Graph& graph) { graph.work.Run(*this); }

 private:
  struct Pages {
    unsigned char* begin;
    size_t bytes;     // without the guard
    size_t used = 0;  // of those after the beginning of the memory
  };
  void Protect(bool protect);

  emulation::Order order_;
  std::vector<std::function<void()>> queue_;
  std::map<void*, Pages> memory_;
};

}  // namespace hourglass::cuda
