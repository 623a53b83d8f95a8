// The part of CUDA's language that kernels use, run on the host: threads are fibers, which take turns where
// they wait for each other. A warp runs as far as it can before the next one begins. It finds what a device
// would only show now and then: shared memory that is read before it is written (it begins as NaN), threads
// that wait at different barriers or leave early (the program aborts), and results that depend on the order
// in which blocks, warps or threads run (see Order).
#pragma once

#include <cstddef>
#include <functional>

#define __global__
#define __device__
#define __host__

namespace hourglass::cuda::emulation {

// In which order blocks, the warps of a block and the threads of a warp run.
enum class Order { kForward, kReverse, kShuffled };

// Runs `body` once for each thread of each block, blocks one after the other. Aborts for what no device
// accepts: 0 or more than 1,024 threads in a block, 0 or more than 2³¹ - 1 blocks, more than 48 KB of
// shared memory in a block.
void Run(unsigned blocks, unsigned threads, size_t shared_bytes, Order order,
         const std::function<void()>& body);

// Of the thread that runs.
unsigned ThreadInBlock();
unsigned BlockInGrid();
unsigned ThreadsPerBlock();
unsigned BlocksInGrid();
void* Shared();
// All threads of the block must come to the same `place` before any goes on.
void Barrier(const void* place);
// The value that thread `lane + down` of the same warp passed at the same place; its own beyond the last
// lane. All threads of the warp must call it.
double FromLaneBelow(double value, unsigned down, const void* place);

}  // namespace hourglass::cuda::emulation
