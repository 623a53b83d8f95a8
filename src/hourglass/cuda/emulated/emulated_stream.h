// A stream without a device. It makes mistakes show that a device would hide most of the time: work is done
// only when the host waits, memory begins as NaN and ends at an inaccessible page, and the host cannot reach
// the memory of the device at all.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "hourglass/cuda/language.h"

namespace hourglass::cuda {

class Stream {
 public:
  explicit Stream(emulation::Order order) : order_(order) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Memory for the work that follows, aligned to 64 bytes. Free waits for the work before it, not the host.
  void* Allocate(size_t bytes);
  void Free(void* memory);

  // The host may change `from` at once.
  void CopyFromHost(void* to, const void* from, size_t bytes);
  // Waits.
  void CopyToHost(void* to, const void* from, size_t bytes);
  void Wait();

  // Runs kernel(arguments...) on `blocks` blocks of `threads` threads. Arguments are kept by value.
  template <class... Parameters, class... Arguments>
  void Launch(unsigned blocks, unsigned threads, void (*kernel)(Parameters...), Arguments... arguments) {
    queue_.push_back([=, order = order_] {
      emulation::Run(blocks, threads, kSharedBytes, order, [&] { kernel(arguments...); });
    });
  }
  // For what is no kernel but a call of a library.
  void Enqueue(std::function<void()> work) { queue_.push_back(std::move(work)); }

 private:
  struct Pages {
    void* begin;
    size_t bytes;  // without the guard
  };
  void Protect(bool protect);

  emulation::Order order_;
  std::vector<std::function<void()>> queue_;
  std::map<void*, Pages> memory_;
};

}  // namespace hourglass::cuda
