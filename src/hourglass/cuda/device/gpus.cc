#include "hourglass/cuda/device/gpus.h"

#include <fmt/format.h>

#include "hourglass/cuda/device/check.h"
#include "hourglass/cuda/device/check_cublaslt.h"

namespace hourglass::cuda {
namespace {

constexpr int kLeastMajor = 8;  // compute capability: bf16 in products

// "13.0" of 13000
std::string VersionText(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

// 0 if there is none.
int DriverVersion() {
  int version = 0;
  Check(cudaDriverGetVersion(&version), "cannot ask NVIDIA's driver for its version");
  return version;
}

int RuntimeVersion() {
  int version = 0;
  Check(cudaRuntimeGetVersion(&version), "cannot ask CUDA's runtime for its version");
  return version;
}

std::string CublasLtVersion() {
  int parts[3] = {};
  for (const auto part : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL})
    Check(cublasLtGetProperty(part, &parts[part]), "cannot ask cuBLASLt for its version");
  return fmt::format("{}.{}.{}", parts[0], parts[1], parts[2]);
}

// A driver serves all minor versions of its CUDA.
[[noreturn]] void RefuseDriver() {
  const int driver = DriverVersion(), needed = RuntimeVersion() / 1000 * 1000;
  if (driver == 0) {
    throw SystemError({.what = "NVIDIA's driver is missing",
                       .expected = fmt::format("a driver for CUDA {} or newer", VersionText(needed)),
                       .got = "no libcuda.so.1",
                       .hint = "install the driver, or compute on the processor"});
  }
  throw SystemError({.what = "NVIDIA's driver is too old",
                     .expected = fmt::format("a driver for CUDA {} or newer", VersionText(needed)),
                     .got = fmt::format("one for CUDA {}", VersionText(driver)),
                     .hint = "update the driver"});
}

// At least 1.
int GpuCount() {
  int count = 0;
  const cudaError_t result = cudaGetDeviceCount(&count);
  if (result == cudaErrorInsufficientDriver) RefuseDriver();
  if (result == cudaErrorNoDevice || (result == cudaSuccess && count == 0)) {
    throw SystemError({.what = "NVIDIA's driver finds no GPU",
                       .expected = "at least one",
                       .got = "none",
                       .hint = "check nvidia-smi and $CUDA_VISIBLE_DEVICES"});
  }
  Check(result, "cannot ask NVIDIA's driver for its GPUs");
  return count;
}

// 0 if the GPU cannot be asked, as one that another process uses alone.
int64_t FreeBytes(int gpu) {
  size_t free = 0, all = 0;
  if (cudaSetDevice(gpu) == cudaSuccess && cudaMemGetInfo(&free, &all) == cudaSuccess)
    return static_cast<int64_t>(free);
  (void)cudaGetLastError();
  return 0;
}

GpuInfo InfoOf(int gpu) {
  cudaDeviceProp found;
  Check(cudaGetDeviceProperties(&found, gpu), "cannot ask a GPU for its properties");
  return {.number = gpu,
          .name = found.name,
          .memory_bytes = static_cast<int64_t>(found.totalGlobalMem),
          .free_bytes = FreeBytes(gpu),
          .major = found.major,
          .minor = found.minor};
}

std::string CapabilityText(const GpuInfo& gpu) {
  return fmt::format("{}.{} ({})", gpu.major, gpu.minor, gpu.name);
}

void RequireKernel(const GpuInfo& gpu, const void* kernel) {
  Check(cudaSetDevice(gpu.number), "cannot use the GPU");
  cudaFuncAttributes attributes;
  const cudaError_t result = cudaFuncGetAttributes(&attributes, kernel);
  if (result != cudaErrorNoKernelImageForDevice && result != cudaErrorInvalidDeviceFunction)
    return Check(result, "cannot load kernels on the GPU");
  (void)cudaGetLastError();
  throw SystemError(
      {.what = fmt::format("there are no kernels for cuda:{}", gpu.number),
       .expected = "one of the kinds of GPUs for which hourglass was built",
       .got = "compute capability " + CapabilityText(gpu),
       .hint = fmt::format("build hourglass with -DCMAKE_CUDA_ARCHITECTURES={}{}", gpu.major, gpu.minor)});
}

}  // namespace

std::string Versions() {
  const int driver = DriverVersion();
  return fmt::format("{}, runtime {}, cuBLASLt {}",
                     driver == 0 ? "no driver" : "driver " + VersionText(driver),
                     VersionText(RuntimeVersion()), CublasLtVersion());
}

std::vector<GpuInfo> Gpus() {
  std::vector<GpuInfo> gpus;
  for (int i = 0, count = GpuCount(); i < count; ++i) gpus.push_back(InfoOf(i));
  return gpus;
}

void RequireGpu(int gpu, const void* kernel) {
  const int count = GpuCount();
  if (gpu < 0 || gpu >= count) {
    throw SystemError({.what = fmt::format("there is no GPU cuda:{}", gpu),
                       .expected = count == 1 ? "cuda:0" : fmt::format("cuda:0 to cuda:{}", count - 1),
                       .got = fmt::format("cuda:{}", gpu)});
  }
  const GpuInfo info = InfoOf(gpu);
  if (info.major < kLeastMajor) {
    throw SystemError({.what = fmt::format("cuda:{} is too old", gpu),
                       .expected = fmt::format("compute capability {}.0 or more", kLeastMajor),
                       .got = CapabilityText(info)});
  }
  RequireKernel(info, kernel);
}

}  // namespace hourglass::cuda
