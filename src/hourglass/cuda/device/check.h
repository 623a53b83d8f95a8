// Failures of CUDA as errors of hourglass.
#pragma once

#include <cuda_runtime_api.h>

#include "hourglass/core/error.h"

namespace hourglass::cuda {

// Throws a system Error unless a call succeeded. `what` says what failed: "cannot copy to the GPU".
inline void Check(cudaError_t result, const char* what) {
  if (result == cudaSuccess) return;
  (void)cudaGetLastError();  // else the next launch of a kernel would report it again
  throw SystemError({.what = what, .got = cudaGetErrorString(result)});
}

}  // namespace hourglass::cuda
