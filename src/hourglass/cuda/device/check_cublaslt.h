// Failures of cuBLASLt as errors of hourglass. Apart from check.h, because its header takes long to compile.
#pragma once

#include <cublasLt.h>

#include "hourglass/core/error.h"

namespace hourglass::cuda {

// As Check of CUDA's own calls.
inline void Check(cublasStatus_t result, const char* what) {
  if (result == CUBLAS_STATUS_SUCCESS) return;
  const auto kind = result == CUBLAS_STATUS_ALLOC_FAILED ? ErrorKind::kNoMemory : ErrorKind::kFailure;
  throw Error(kind, {.what = what, .got = cublasLtGetStatusName(result)});
}

}  // namespace hourglass::cuda
