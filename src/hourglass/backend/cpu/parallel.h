// Splits work over OpenMP threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace hourglass::cpu {

// Calls work(thread, begin, end) for a split of 0 … count-1 into contiguous pieces of about equal size, one
// per thread, or fewer if they would be smaller than `grain`. Pieces begin at multiples of 16 elements, a
// cache line of floats, when `grain` allows. The split depends only on these numbers, so results combined in
// thread order are reproducible.
template <class Work>
void ParallelFor(int threads, int64_t count, int64_t grain, const Work& work) {
  const auto pieces = static_cast<int>(std::clamp<int64_t>(count / grain, 1, threads));
  const int64_t line = std::min<int64_t>(grain, 16);
  const auto begin = [&](int t) { return t == pieces ? count : count * t / pieces / line * line; };
  const auto piece = [&](int t) { work(t, begin(t), begin(t + 1)); };
  if (pieces == 1) return piece(0);
    // Always use the whole team, even if some threads have nothing to do: libgomp ends the threads that a
    // smaller team leaves out.
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int t = 0; t < pieces; ++t) piece(t);
}

// Calls each phase(thread, team) for every thread of a team: of `threads`, or of `most` if that is fewer. A
// phase begins when all threads have ended the one before.
template <class... Phases>
void OnTeam(int threads, int64_t most, const Phases&... phases) {
  const auto team = static_cast<int>(std::clamp<int64_t>(most, 1, threads));
  if (team == 1) return (phases(0, 1), ...);
#pragma omp parallel num_threads(threads)
  {
    bool started = false;
    const auto run = [&](const auto& phase) {
      if (std::exchange(started, true)) {
#pragma omp barrier
      }
      // A loop, so that no part is left out if OpenMP gives fewer threads, as inside a caller's parallel
      // region.
#pragma omp for schedule(static, 1) nowait
      for (int thread = 0; thread < team; ++thread) phase(thread, team);
    };
    (run(phases), ...);
  }
}

}  // namespace hourglass::cpu
