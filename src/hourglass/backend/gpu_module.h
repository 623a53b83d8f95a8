// The module for NVIDIA GPUs: a shared library beside the program, which alone needs CUDA. It contains its
// own copy of the classes that it shares with the program, so both must be of the same version.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass {

inline constexpr char kGpuModuleVariable[] = "HOURGLASS_GPU_MODULE";

struct GpuInfo {
  int number;        // of "cuda:0"
  std::string name;  // "NVIDIA H200"
  int64_t memory_bytes;
  int64_t free_bytes;
  int major, minor;  // compute capability
};

struct GpuOptions {
  int threads = 1;           // that the program uses for work on the host
  bool record_steps = true;  // run steps that repeat as graphs of CUDA
  bool tf32 = false;         // round what dense layers multiply to TF32, if it is f32
};

class GpuModule {
 public:
  virtual ~GpuModule() = default;

  // "driver 13.0, runtime 13.0, cuBLASLt 13.0.2"
  virtual std::string Versions() const = 0;
  // Throws a system Error that says what is missing: a driver, a newer driver, or a GPU.
  virtual std::vector<GpuInfo> Gpus() const = 0;
  // Throws as Gpus does, and a system Error if there is no such GPU or it cannot be used: it is too old.
  virtual void Require(int gpu) const = 0;
  // A backend on GPU `gpu`. Throws as Require does.
  virtual std::unique_ptr<Backend> MakeBackend(int gpu, const GpuOptions& options) const = 0;
};

// What the module exports, by these names.
using GpuModuleVersion = const char*();     // hourglass_gpu_module_version: the version of hourglass
using GpuModuleEntry = const GpuModule*();  // hourglass_gpu_module

// The module at $HOURGLASS_GPU_MODULE, beside the program, or in ../lib/hourglass from there. It stays
// loaded. Throws a system Error if there is none, or as OpenGpuModule(file) does.
const GpuModule& OpenGpuModule();
// Throws a system Error if the file, or a library that it needs, cannot be loaded, or if it is of another
// version.
const GpuModule& OpenGpuModule(const std::filesystem::path& file);

}  // namespace hourglass
