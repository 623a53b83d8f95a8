// Work on a device, done in the order in which it was asked for, while the host goes on: a stream of CUDA if
// nvcc compiles this, else its emulation. Both have these functions:
//
//   void* Allocate(size_t bytes)      Memory for the work that follows, aligned to 64.
//   void Free(void* memory)           After the work before it; the host does not wait.
//   void CopyFromHost(void* to, const void* from, size_t bytes)     The host may change `from` at once.
//   void CopyToHost(void* to, const void* from, size_t bytes)       Waits.
//   void Wait()                       Until all work is done.
//   void Launch(unsigned blocks, unsigned threads, kernel, arguments...)     Keeps arguments by value.
#pragma once

#ifdef __CUDACC__
#include "hourglass/cuda/device/cuda_stream.h"
#else
#include "hourglass/cuda/emulated/emulated_stream.h"
#endif
