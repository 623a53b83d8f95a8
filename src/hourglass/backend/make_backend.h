// The only place that chooses a device and its backend. Also reports what the CPU supports.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass {

inline constexpr char kAutoDevice[] = "auto", kCpuDevice[] = "cpu";

// What trains: the processor, or an NVIDIA GPU.
struct DeviceChoice {
  std::string name;       // "cpu" or "cuda:0"
  std::string processor;  // "AMD EPYC 9B14" or "NVIDIA H200"
  std::string no_gpu;     // if "auto" means the processor: why, in one line

  bool gpu() const { return name != kCpuDevice; }
};

// "auto", "cpu" or "cuda:<n>" for such a text; "cuda" is "cuda:0". Throws a usage Error for any other.
std::string CanonicalDevice(std::string_view text);
// The device that `text` names; "auto" is the first GPU if one can be used, else the processor. Throws a
// usage Error as CanonicalDevice does, and a system Error that says what is missing if the GPU cannot be
// used.
DeviceChoice ChooseDevice(std::string_view text);

// The name of a precision: f32, but a GPU rounds what dense layers multiply to TF32.
inline constexpr std::string_view kTf32 = "tf32";

struct BackendOptions {
  int threads = 0;                  // of the host; 0: AvailableThreads()
  std::string device = kCpuDevice;  // name of a DeviceChoice
  bool record_steps = true;         // of a GPU: run steps that repeat as graphs, which changes no bit
  bool tf32 = false;                // of a GPU: round what dense layers multiply to TF32, if it is f32
};

// Throws a usage Error if the system does not provide that many threads, and a system Error if the GPU cannot
// be used.
std::unique_ptr<Backend> MakeBackend(const BackendOptions& options = {});

// Thread count used for 0: OMP_NUM_THREADS, or else all cores.
int AvailableThreads();

// What --precision auto means on a device for a model with or without convolutions: bf16 if the device
// multiplies it faster than f32 (a GPU, AMX, or AVX512-BF16 on AMD), which only products of dense layers use;
// else f32. `reason` says why in one line.
struct PrecisionChoice {
  DType dtype;
  std::string reason;
};
PrecisionChoice AutoPrecision(bool convolutions, bool gpu = false);

// What multiplies bf16: "AMX", "AVX512-BF16" or "f32".
std::string Bf16Instructions();
// The instruction sets available to kernels, best first: "AVX3_SPR".
std::vector<std::string> SimdTargets();
// From now on, kernels use the instruction set `target`, one of SimdTargets(), or lesser ones. Call it before
// any kernel runs. Throws a usage Error that lists the sets.
void LimitSimd(const std::string& target);

}  // namespace hourglass
