// The threads of a backend: phases in order, every piece once, exceptions, failures to start.
#include "hourglass/core/team.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <xmmintrin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/usage_error.h"

namespace hourglass {
namespace {

// More threads than this machine has cores, too.
constexpr int kTeams[] = {1, 2, 3, 9};

TEST(Team, APhaseBeginsWhenAllHaveEndedTheOneBefore) {
  for (const int threads : kTeams) {
    Team team(threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> first(static_cast<size_t>(threads)), sums(static_cast<size_t>(threads));
      const auto sum = [&] {
        int all = 0;
        for (const int value : first) all += value;
        return all;
      };
      team.Run(
          threads, [&](int thread, int) { first[static_cast<size_t>(thread)] = thread + 1; },
          [&](int thread, int) { sums[static_cast<size_t>(thread)] = sum(); });
      EXPECT_EQ(std::ranges::count(sums, threads * (threads + 1) / 2), threads);
    }
  }
}

TEST(Team, EveryElementIsInOnePiece) {
  for (const int threads : kTeams) {
    Team team(threads);
    for (const int64_t count : {0, 1, 2, 17, 1000}) {
      for (const int64_t grain : {1, 8, 100}) {
        std::vector<int> visits(static_cast<size_t>(count));
        std::atomic<int> pieces = 0;
        team.For(count, grain, [&](int thread, int64_t begin, int64_t end) {
          EXPECT_LT(thread, threads);
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
          ++pieces;
        });
        EXPECT_EQ(std::ranges::count(visits, 1), count);
        EXPECT_EQ(pieces, std::clamp<int64_t>(count / grain, 1, threads));
      }
    }
  }
}

// Long enough for all to fall asleep.
TEST(Team, WakesAfterAPause) {
  Team team(3);
  std::atomic<int> calls = 0;
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    team.Run(
        3,
        [&](int thread, int) {
          if (thread == 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
          ++calls;
        },
        [&](int, int) { ++calls; });
  }
  EXPECT_EQ(calls, 3 * 3 * 2);
}

TEST(Team, ThrowsTheFirstExceptionAndBeginsNoMorePhases) {
  for (const int threads : kTeams) {
    Team team(threads);
    for (int failing = 0; failing < threads; ++failing) {
      std::atomic<int> later = 0;
      const auto fail = [&](int thread, int) {
        if (thread == failing) throw std::runtime_error("phase");
      };
      EXPECT_THROW(team.Run(threads, fail, [&](int, int) { ++later; }), std::runtime_error);
      EXPECT_EQ(later, 0);
      team.Run(threads, [&](int, int) { ++later; });
      EXPECT_EQ(later, threads);
    }
  }
}

TEST(Team, ItsThreadsFlushDenormals) {
  Team team(3);
  std::vector<unsigned> modes(3);
  team.Run(3, [&](int thread, int) { modes[static_cast<size_t>(thread)] = _mm_getcsr() & 0x8040; });
  EXPECT_EQ(modes[1], 0x8040U);
  EXPECT_EQ(modes[2], 0x8040U);
}

#if !defined(HOURGLASS_SANITIZED)  // sanitizers end the program if memory is refused
// No room for the stacks of so many.
TEST(Team, SaysThatThereAreFewerThreads) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const rlimit low = {rlim_t{1} << 30, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &low), 0);
  test::ExpectUsageErrors({{"the system provides fewer threads than requested", [] { Team team(1024); }}});
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
}
#endif

}  // namespace
}  // namespace hourglass
