// The module for NVIDIA GPUs, as the program sees it: two functions.
#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/gpu_module.h"
#include "hourglass/core/version.h"
#include "hourglass/cuda/cuda_backend.h"
#include "hourglass/cuda/device/gpus.h"

namespace hourglass::cuda {
namespace {

// Like all other kernels of the module as to the GPUs for which it was compiled.
__global__ void DoNothing() {}

class CudaModule : public GpuModule {
 public:
  std::string Versions() const override { return cuda::Versions(); }
  std::vector<GpuInfo> Gpus() const override { return cuda::Gpus(); }
  void Require(int gpu) const override { RequireGpu(gpu, reinterpret_cast<const void*>(&DoNothing)); }
  std::unique_ptr<Backend> MakeBackend(int gpu, const GpuOptions& options) const override {
    Require(gpu);
    return std::make_unique<CudaBackend>("cuda:" + std::to_string(gpu), std::make_unique<Stream>(gpu),
                                         options);
  }
};

}  // namespace
}  // namespace hourglass::cuda

extern "C" __attribute__((visibility("default"))) const char* hourglass_gpu_module_version() {
  static const std::string version = hourglass::Version();
  return version.c_str();
}

extern "C" __attribute__((visibility("default"))) const hourglass::GpuModule* hourglass_gpu_module() {
  static const hourglass::cuda::CudaModule module;
  return &module;
}
