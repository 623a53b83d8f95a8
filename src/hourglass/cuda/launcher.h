// Loops over elements and sums of elements on a device. A body is a lambda [=] __device__ (int64_t i): nvcc
// allows one in a named function or function template, but not inside another lambda.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/tensor.h"
#include "hourglass/cuda/language.h"
#include "hourglass/cuda/stream.h"

namespace hourglass::cuda {

// Memory of a stream for T, which is freed once the work that was asked for is done.
template <class T>
class Buffer {
 public:
  Buffer(Stream& stream, int64_t count)
      : stream_(&stream), data_(static_cast<T*>(stream.Allocate(static_cast<size_t>(count) * sizeof(T)))) {}
  ~Buffer() { stream_->Free(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() { return data_; }

 private:
  Stream* stream_;
  T* data_;
};

// The elements of a tensor on a device, for kernels.
template <class T>
const T* Elements(const Tensor& x) {
  HOURGLASS_CHECK(!x.on_host());
  return static_cast<const T*>(x.raw());
}
template <class T>
T* Elements(Tensor& x) {
  HOURGLASS_CHECK(!x.on_host());
  return static_cast<T*>(x.raw());
}

template <class Body>
__global__ void RunLoop(int64_t count, Body body) {
  for (int64_t i = ThreadInGrid(); i < count; i += ThreadsInGrid()) body(i);
}

template <class Value>
__global__ void SumBlocks(int64_t count, Value value, double* parts) {
  double sum = 0;
  for (int64_t i = ThreadInGrid(); i < count; i += ThreadsInGrid()) sum += value(i);
  sum = BlockSum(sum);
  if (ThreadInBlock() == 0) parts[BlockInGrid()] = sum;
}

// For one block.
template <bool kAdd>
__global__ void SumParts(const double* parts, int64_t count, double* to) {
  double sum = 0;
  for (int64_t i = ThreadInBlock(); i < count; i += ThreadsPerBlock()) sum += parts[i];
  sum = BlockSum(sum);
  if (ThreadInBlock() == 0) *to = sum + (kAdd ? *to : 0.0);
}

// The size of launches.
struct LaunchLimits {
  unsigned threads;      // in a block
  unsigned most_blocks;  // each thread then does several elements
};
#ifdef __CUDACC__
inline constexpr LaunchLimits kLaunchLimits = {.threads = 256, .most_blocks = 1024};
#else
inline constexpr LaunchLimits kLaunchLimits = {.threads = 64, .most_blocks = 3};
#endif

class Launcher {
 public:
  // tf32: dense layers round what they multiply, if it is f32.
  explicit Launcher(Stream& stream, const LaunchLimits& limits = kLaunchLimits, bool tf32 = false)
      : stream_(stream), limits_(limits), tf32_(tf32), parts_(stream, limits.most_blocks) {}

  Stream& stream() { return stream_; }
  bool tf32() const { return tf32_; }

  // Calls body(i) for each i < count, in any order.
  template <class Body>
  void Loop(int64_t count, Body body) {
    if (count > 0) stream_.Launch(Blocks(count), limits_.threads, &RunLoop<Body>, count, body);
  }

  // *to = (or +=) the sum of value(i) over all i < count, in f64 and always in the same order. `to` is on the
  // device.
  template <class Value>
  void Sum(int64_t count, Value value, double* to) {
    SumTo<false>(count, value, to);
  }
  template <class Value>
  void AddSum(int64_t count, Value value, double* to) {
    SumTo<true>(count, value, to);
  }

 private:
  unsigned Blocks(int64_t count) const {
    const int64_t needed = (count + limits_.threads - 1) / limits_.threads;
    return static_cast<unsigned>(std::min<int64_t>(needed, limits_.most_blocks));
  }

  template <bool kAdd, class Value>
  void SumTo(int64_t count, Value value, double* to) {
    const unsigned blocks = Blocks(std::max<int64_t>(count, 1));
    stream_.Launch(blocks, limits_.threads, &SumBlocks<Value>, count, value, parts_.data());
    stream_.Launch(1, limits_.threads, &SumParts<kAdd>, parts_.data(), int64_t{blocks}, to);
  }

  Stream& stream_;
  LaunchLimits limits_;
  bool tf32_;
  Buffer<double> parts_;
};

}  // namespace hourglass::cuda
