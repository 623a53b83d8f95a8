// Failures of CUDA as errors of hourglass.
#pragma once

#include <cuda_runtime_api.h>

#include "hourglass/core/error.h"

namespace hourglass::cuda {

// Throws an Error unless a call succeeded: of kind kNoMemory if memory was short, else a system Error. `what`
// says what failed: "cannot copy to the GPU".
inline void Check(cudaError_t result, const char* what) {
  if (result == cudaSuccess) return;
  (void)cudaGetLastError();  // else the next launch of a kernel would report it again
  const auto kind = result == cudaErrorMemoryAllocation ? ErrorKind::kNoMemory : ErrorKind::kFailure;
  throw Error(kind, {.what = what, .got = cudaGetErrorString(result)});
}

}  // namespace hourglass::cuda
