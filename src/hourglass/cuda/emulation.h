// The part of CUDA's language that kernels use, run on the host: the threads of a block are fibers, which
// take turns at barriers. It finds what a device would only show now and then: shared memory that is read
// before it is written (it begins as NaN), threads of a block that wait at different barriers or leave early
// (the program aborts), and results that depend on the order in which threads run (see Order).
#pragma once

#include <cstddef>
#include <functional>

#define __global__
#define __device__
#define __host__

namespace hourglass::cuda::emulation {

// In which order the threads of a block run from barrier to barrier.
enum class Order { kForward, kReverse, kShuffled };

// Runs `body` once for each thread of each block, blocks one after the other. Aborts for what no device
// accepts: no or more than 1,024 threads in a block, no or more than 2³¹ - 1 blocks, more than 48 KB of
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
// The value that thread `lane + down` of the same 32 threads passed at the same place; its own beyond the
// last lane. All threads of the block must call it.
double FromLaneBelow(double value, unsigned down, const void* place);

}  // namespace hourglass::cuda::emulation
