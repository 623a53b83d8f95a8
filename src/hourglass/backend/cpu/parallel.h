// Work split over the threads of OpenMP, which oneDNN uses too: one pool of threads, not two that fight.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace hourglass::cpu {

// Calls work(thread, begin, end) for a split of 0 … count-1 into one contiguous piece a thread, in multiples
// of `grain`. The split depends on the numbers alone, so results that are combined in the order of the
// threads are reproducible.
template <class Work>
void ParallelFor(int threads, int64_t count, int64_t grain, const Work& work) {
  const int64_t grains = (count + grain - 1) / grain;
  const int pieces = static_cast<int>(std::clamp<int64_t>(grains, 1, threads));
  const auto piece = [&](int t) {
    work(t, std::min(count, grains * t / pieces * grain), std::min(count, grains * (t + 1) / pieces * grain));
  };
  if (pieces == 1) return piece(0);
    // The whole team each time, even if some have nothing to do: libgomp ends the threads that a smaller one
    // leaves out.
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int t = 0; t < pieces; ++t) piece(t);
}

}  // namespace hourglass::cpu
