// What kernels are written in: CUDA, or C++ on an emulation of it. The same files are compiled by nvcc for
// the device and by a C++ compiler for tests. Grids and blocks have one dimension.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "hourglass/core/dtype.h"

#ifndef __CUDACC__
#include "hourglass/cuda/emulated/emulation.h"
#endif

namespace hourglass::cuda {

inline constexpr unsigned kWarp = 32;

#ifdef __CUDACC__

__device__ inline unsigned ThreadInBlock() {
  return threadIdx.x;
}
__device__ inline unsigned BlockInGrid() {
  return blockIdx.x;
}
__device__ inline unsigned ThreadsPerBlock() {
  return blockDim.x;
}
__device__ inline unsigned BlocksInGrid() {
  return gridDim.x;
}

#else

inline unsigned ThreadInBlock() {
  return emulation::ThreadInBlock();
}
inline unsigned BlockInGrid() {
  return emulation::BlockInGrid();
}
inline unsigned ThreadsPerBlock() {
  return emulation::ThreadsPerBlock();
}
inline unsigned BlocksInGrid() {
  return emulation::BlocksInGrid();
}

#endif

// The number of this thread among all of the launch, and how many there are.
__device__ inline int64_t ThreadInGrid() {
  return int64_t{BlockInGrid()} * ThreadsPerBlock() + ThreadInBlock();
}
__device__ inline int64_t ThreadsInGrid() {
  return int64_t{BlocksInGrid()} * ThreadsPerBlock();
}

// One element of f32 or bf16, in registers as f32.
__host__ __device__ inline float Load(const float* from) {
  return *from;
}
__host__ __device__ inline float Load(const BFloat16* from) {
  return std::bit_cast<float>(static_cast<uint32_t>(from->bits) << 16);
}
__host__ __device__ inline void Store(float value, float* to) {
  *to = value;
}
// Rounds as BFloat16::FromFloat does.
__host__ __device__ inline void Store(float value, BFloat16* to) {
  const auto wide = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = value != value ? (wide >> 16) | 0x40 : (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16;
  to->bits = static_cast<uint16_t>(rounded);
}

// The sum of `value` over the 32 threads of a warp, for the first of them; the others get parts of it. All
// threads of the block must call it.
__device__ inline double WarpSum(double value) {
#ifndef __CUDACC__
  static const char place = 0;
#endif
  for (unsigned down = kWarp / 2; down > 0; down /= 2) {
#ifdef __CUDACC__
    value += __shfl_down_sync(0xFFFFFFFFu, value, down);
#else
    value += emulation::FromLaneBelow(value, down, &place);
#endif
  }
  return value;
}

// The bytes of shared memory that BlockSum needs on the emulation; on a device it has its own.
inline constexpr size_t kSharedBytes = kWarp * sizeof(double);

// The sum of `value` over the threads of a block, for its first thread; warp by warp, in fixed order. All
// threads of the block must call it; their number is a multiple of 32.
__device__ inline double BlockSum(double value) {
#ifdef __CUDACC__
  __shared__ double parts[kWarp];
  const auto barrier = [] { __syncthreads(); };
#else
  static const char place = 0;
  auto* parts = static_cast<double*>(emulation::Shared());
  const auto barrier = [] { emulation::Barrier(&place); };
#endif
  const unsigned thread = ThreadInBlock(), warps = ThreadsPerBlock() / kWarp;
  value = WarpSum(value);
  if (thread % kWarp == 0) parts[thread / kWarp] = value;
  barrier();
  double sum = 0;
  for (unsigned warp = 0; thread == 0 && warp < warps; ++warp) sum += parts[warp];
  barrier();  // before the next sum overwrites the parts
  return sum;
}

}  // namespace hourglass::cuda
