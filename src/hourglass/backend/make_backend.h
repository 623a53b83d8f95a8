// The only place that chooses a backend. Also reports what the CPU supports.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"

namespace hourglass {

struct BackendOptions {
  int threads = 0;  // 0: AvailableThreads()
};

// The CPU backend. Throws a usage Error if the system does not provide that many threads.
std::unique_ptr<Backend> MakeBackend(const BackendOptions& options = {});

// Thread count used for 0: OMP_NUM_THREADS, or else all cores.
int AvailableThreads();

// What --precision auto means on this CPU for a model with or without convolutions. bf16 if the CPU
// multiplies it faster than f32 (AMX, or AVX512-BF16 on AMD), which only products of dense layers use; else
// f32. `reason` says why in one line.
struct PrecisionChoice {
  DType dtype;
  std::string reason;
};
PrecisionChoice AutoPrecision(bool convolutions);

// What multiplies bf16: "AMX", "AVX512-BF16" or "f32".
std::string Bf16Instructions();
// The instruction sets available to kernels, best first: "AVX3_SPR".
std::vector<std::string> SimdTargets();
// From now on, kernels use the instruction set `target`, one of SimdTargets(), or lesser ones. Call it before
// any kernel runs. Throws a usage Error that lists the sets.
void LimitSimd(const std::string& target);

}  // namespace hourglass
