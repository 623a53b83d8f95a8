// Which GPUs there are, and whether hourglass can use them.
#pragma once

#include <string>
#include <vector>

#include "hourglass/backend/gpu_module.h"

namespace hourglass::cuda {

// "driver 13.0, runtime 13.0, cuBLASLt 13.0.2", or "no driver, …"
std::string Versions();
// Throws a system Error that says what is missing.
std::vector<GpuInfo> Gpus();
// Throws a system Error unless the GPU exists, is not too old, and can run `kernel`, any one of the module.
void RequireGpu(int gpu, const void* kernel);

}  // namespace hourglass::cuda
