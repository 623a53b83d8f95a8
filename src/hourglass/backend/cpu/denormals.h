// Numbers below 1.2e-38 take a slow path of the processor, up to 25 times slower for a whole epoch: Adam's
// moments of pixels that are always 0 decay into that range after some thirty epochs of MNIST.
#pragma once

namespace hourglass::cpu {

// Makes the calling thread, and the `threads` threads of OpenMP that work for it, take and give zero for
// them.
void FlushDenormals(int threads);

}  // namespace hourglass::cpu
