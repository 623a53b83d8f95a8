// The module for GPUs without a GPU: the program loads it as it would load CUDA's, and finds one GPU, which
// is emulated. $EMULATED_GPU_BYTES limits its memory, and after $EMULATED_GPU_WAITS waits of the host it is
// lost.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/gpu_module.h"
#include "hourglass/core/version.h"
#include "hourglass/cuda/cuda_backend.h"

namespace hourglass::cuda {
namespace {

// The number in the environment variable, or `otherwise`.
int64_t Number(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::stoll(text) : otherwise;
}

class EmulatedModule : public GpuModule {
 public:
  EmulatedModule() {
    device_.memory_bytes = static_cast<size_t>(Number("EMULATED_GPU_BYTES", INT64_MAX));
    device_.waits_left = Number("EMULATED_GPU_WAITS", INT64_MAX);
  }

  std::string Versions() const override { return "emulated"; }
  std::vector<GpuInfo> Gpus() const override {
    constexpr int64_t kGiB = int64_t{1} << 30;
    return {{.number = 0,
             .name = "Emulated GPU",
             .memory_bytes = 2 * kGiB,
             .free_bytes = kGiB,
             .major = 9,
             .minor = 0}};
  }
  void Require(int) const override {}
  std::unique_ptr<Backend> MakeBackend(int gpu, const GpuOptions& options) const override {
    return std::make_unique<CudaBackend>(
        "cuda:" + std::to_string(gpu),
        std::make_unique<Stream>(NativeStream::Place(emulation::Order::kShuffled, &device_)), options);
  }

 private:
  mutable EmulatedDevice device_;
};

}  // namespace
}  // namespace hourglass::cuda

extern "C" const char* hourglass_gpu_module_version() {
  static const std::string version = hourglass::Version();
  return version.c_str();
}

extern "C" const hourglass::GpuModule* hourglass_gpu_module() {
  static const hourglass::cuda::EmulatedModule module;
  return &module;
}
