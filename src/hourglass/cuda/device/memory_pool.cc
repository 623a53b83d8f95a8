#include "hourglass/cuda/device/memory_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "hourglass/cuda/device/check.h"
#include "hourglass/cuda/no_memory.h"

namespace hourglass::cuda {
namespace {

cudaMemPool_t PoolOf(int device) {
  cudaMemPool_t pool = nullptr;
  Check(cudaDeviceGetDefaultMemPool(&pool, device), "cannot find the memory pool of the GPU");
  return pool;
}

uint64_t PoolBytes(int device, cudaMemPoolAttr attribute) {
  uint64_t bytes = 0;
  Check(cudaMemPoolGetAttribute(PoolOf(device), attribute, &bytes), "cannot ask the GPU for its memory");
  return bytes;
}

// What the driver can still give, and what is unused in the pool.
uint64_t FreeBytes(int device) {
  size_t of_driver = 0, all = 0;
  Check(cudaMemGetInfo(&of_driver, &all), "cannot ask the GPU for its memory");
  const uint64_t reserved = PoolBytes(device, cudaMemPoolAttrReservedMemCurrent);
  return of_driver + reserved - std::min(reserved, PoolBytes(device, cudaMemPoolAttrUsedMemCurrent));
}

}  // namespace

void KeepFreedMemory(int device) {
  uint64_t bytes = UINT64_MAX;
  Check(cudaMemPoolSetAttribute(PoolOf(device), cudaMemPoolAttrReleaseThreshold, &bytes),
        "cannot set up the memory pool of the GPU");
}

void RefuseAllocation(int device, size_t bytes) {
  (void)cudaGetLastError();
  throw NoMemory(fmt::format("cuda:{}", device), bytes, FreeBytes(device));
}

}  // namespace hourglass::cuda
