// The memory of GPUs, from which streams allocate.
#pragma once

#include <cstddef>

namespace hourglass::cuda {

// From now on, freed memory of GPU `device` stays with this process. By default it goes back to the driver
// whenever the host waits, and a step of training would ask for it again.
void KeepFreedMemory(int device);
// Throws an Error of kind kNoMemory that shows how much is free on GPU `device`, which is the current one.
[[noreturn]] void RefuseAllocation(int device, size_t bytes);

}  // namespace hourglass::cuda
