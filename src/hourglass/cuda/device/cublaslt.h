// Products of matrices by cuBLASLt on one stream.
#pragma once

#include <cublasLt.h>

#include <map>
#include <memory>

#include "hourglass/cuda/device/matmul_descriptors.h"
#include "hourglass/cuda/device/native_stream.h"
#include "hourglass/cuda/matmul.h"

namespace hourglass::cuda {

class CublasLt {
 public:
  // `stream` must outlive it; its device is the current one. Throws a system Error.
  explicit CublasLt(NativeStream& stream);
  ~CublasLt();
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  // The product is not empty, and its bias is aligned to kBiasAlignment. Allocates only for the first product
  // of a kind. Throws a system Error.
  void Multiply(const Matmul& product);

 private:
  struct Plan {
    MatmulDescriptors descriptors;
    cublasLtMatmulAlgo_t algorithm;
  };
  struct Destroy {
    void operator()(cublasLtHandle_t handle) const { cublasLtDestroy(handle); }
  };

  Plan& PlanFor(const Matmul& product);
  // The first choice of cuBLASLt's rules: never by measured times, which differ from run to run.
  Plan MakePlan(const MatmulKind& kind, const float* bias);

  NativeStream& stream_;
  std::unique_ptr<cublasLtContext, Destroy> handle_;
  void* workspace_;
  std::map<MatmulKind, Plan> plans_;
};

}  // namespace hourglass::cuda
