// The work of a stream without a device. It makes mistakes show that a device would hide most of the time:
// work is done only when the host waits, memory begins as NaN and ends at an inaccessible page, what is
// written around it is found, and the host cannot reach the memory of the device at all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "hourglass/cuda/language.h"
#include "hourglass/cuda/work_list.h"

namespace hourglass::cuda {

// A device without limits, unless they are set. Its streams share it.
struct EmulatedDevice {
  size_t memory_bytes = SIZE_MAX;
  std::atomic<size_t> used_bytes = 0;
  std::atomic<int64_t> waits_left = INT64_MAX;  // then the device is lost
};

class NativeStream {
 public:
  struct Place {
    Place(emulation::Order order_of_threads, EmulatedDevice* shared = nullptr)
        : order(order_of_threads), device(shared) {}

    emulation::Order order;
    EmulatedDevice* device;  // null: the stream is alone on its device
  };
  static constexpr bool kChecksMemory = true;
  static constexpr size_t kBlockStep = 64;  // bytes

  explicit NativeStream(Place place)
      : order_(place.order), device_(place.device != nullptr ? place.device : &own_device_) {}
  ~NativeStream();
  NativeStream(const NativeStream&) = delete;
  NativeStream& operator=(const NativeStream&) = delete;

  // A multiple of 64 bytes, aligned to 64. If there is no room: null, or an Error of kind kNoMemory.
  void* TryToAllocate(size_t bytes);
  void* Allocate(size_t bytes);
  // After the work so far; later allocations may count on it at once.
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
  // Throws a system Error if the device is lost.
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
    bool freed = false;
  };
  bool Reserve(size_t bytes);
  void Protect(bool protect);

  EmulatedDevice own_device_;
  emulation::Order order_;
  EmulatedDevice* device_;
  std::vector<std::function<void()>> queue_;
  std::map<void*, Pages> memory_;
};

}  // namespace hourglass::cuda
