// Work split over the threads of OpenMP, which oneDNN uses too: one pool of threads, not two that fight.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace hourglass::cpu {

// Calls work(thread, begin, end) for a split of 0 … count-1 into contiguous pieces of about one size, one a
// thread, or fewer where they would be smaller than `grain`. They begin at multiples of 16 elements, a cache
// line of floats, when `grain` allows. The split depends on the numbers alone, so results that are combined
// in the order of the threads are reproducible.
template <class Work>
void ParallelFor(int threads, int64_t count, int64_t grain, const Work& work) {
  const auto pieces = static_cast<int>(std::clamp<int64_t>(count / grain, 1, threads));
  const int64_t line = std::min<int64_t>(grain, 16);
  const auto begin = [&](int t) { return t == pieces ? count : count * t / pieces / line * line; };
  const auto piece = [&](int t) { work(t, begin(t), begin(t + 1)); };
  if (pieces == 1) return piece(0);
    // The whole team each time, even if some have nothing to do: libgomp ends the threads that a smaller one
    // leaves out.
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int t = 0; t < pieces; ++t) piece(t);
}

}  // namespace hourglass::cpu
