// The emulation finds what it promises to find: it runs wrong kernels and a wrong host.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/cuda/launcher.h"
#include "hourglass/cuda/random.h"

namespace hourglass::cuda {
namespace {

using emulation::Order;

constexpr Order kOrders[] = {Order::kForward, Order::kReverse, Order::kShuffled};

template <class T>
std::vector<T> OnHost(Stream& stream, const T* from, size_t count) {
  std::vector<T> values(count);
  stream.CopyToHost(values.data(), from, count * sizeof(T));
  return values;
}

// to[block] = the sum of 1, 2, … over the threads of each block.
void SumOfNumbers(double* to) {
  const double sum = BlockSum(1 + ThreadInBlock());
  if (ThreadInBlock() == 0) to[BlockInGrid()] = sum;
}

// The same with the mistake that emulations are for: no barrier between the writing and the reading of shared
// memory.
void SumWithoutBarrier(double* to) {
  auto* parts = static_cast<double*>(emulation::Shared());
  parts[ThreadInBlock() % kWarp] = 1;
  if (ThreadInBlock() != 0) return;
  double sum = 0;
  for (unsigned i = 0; i < ThreadsPerBlock(); ++i) sum += parts[i];
  *to = sum;
}

// The same sum twice, as kernels may need it.
void SumsOfNumbers(double* to) {
  const double once = BlockSum(1 + ThreadInBlock()), twice = BlockSum(2 + 2 * ThreadInBlock());
  if (ThreadInBlock() == 0) to[BlockInGrid()] = twice - once;
}

// A block that reads what another has written.
void CountBlocks(double* to) {
  if (ThreadInBlock() == 0) to[BlockInGrid()] = BlockInGrid() == 0 ? 1 : 1 + to[BlockInGrid() - 1];
}

void ExchangeForSome(double* to) {
  if (ThreadInBlock() < 5) *to = WarpSum(1);
}

void BarrierForSome() {
  static const char place = 0;
  if (ThreadInBlock() < 5) emulation::Barrier(&place);
}

void TwoBarriers() {
  static const char here = 0, there = 0;
  emulation::Barrier(ThreadInBlock() < 5 ? &here : &there);
}

TEST(Emulation, SumsOfABlockDoNotDependOnTheOrderOfThreads) {
  for (const Order order : kOrders) {
    for (const unsigned threads : {32u, 64u, 96u, 1024u}) {
      Stream stream(order);
      Buffer<double> sums(stream, 3);
      stream.Launch(3, threads, &SumOfNumbers, sums.data());
      const double expected = threads * (threads + 1) / 2.0;
      EXPECT_EQ(OnHost(stream, sums.data(), 3), std::vector<double>(3, expected)) << threads;
    }
  }
}

TEST(Emulation, SumsMayFollowEachOther) {
  for (const Order order : kOrders) {
    Stream stream(order);
    Buffer<double> sums(stream, 3);
    stream.Launch(3, 96, &SumsOfNumbers, sums.data());
    EXPECT_EQ(OnHost(stream, sums.data(), 3), std::vector<double>(3, 96 * 97 / 2.0));
  }
}

TEST(Emulation, BlocksThatRelyOnTheirOrderShow) {
  for (const Order order : kOrders) {
    Stream stream(order);
    Buffer<double> counts(stream, 3);
    stream.Launch(3, 32, &CountBlocks, counts.data());
    EXPECT_EQ(OnHost(stream, counts.data(), 3)[2] == 3, order == Order::kForward);
  }
}

TEST(Emulation, AMissingBarrierShows) {
  Stream stream(Order::kForward);
  Buffer<double> sum(stream, 1);
  stream.Launch(1, 32, &SumWithoutBarrier, sum.data());
  EXPECT_TRUE(std::isnan(OnHost(stream, sum.data(), 1)[0]));
}

TEST(EmulationDeathTest, AbortsWhereADeviceMayHang) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Stream stream(Order::kForward);
  Buffer<double> sum(stream, 1);
  const auto run = [&](unsigned blocks, unsigned threads, void (*kernel)()) {
    stream.Launch(blocks, threads, kernel);
    stream.Wait();
  };
  EXPECT_DEATH(run(1, 32, &BarrierForSome), "5 threads wait at a barrier, 27 have left");
  EXPECT_DEATH(run(1, 32, &TwoBarriers), "wait at different barriers");
  EXPECT_DEATH(
      {
        stream.Launch(1, 32, &ExchangeForSome, sum.data());
        stream.Wait();
      },
      "5 of 32 threads of a warp exchange values");
  EXPECT_DEATH(run(1, 1025, &TwoBarriers), "1025 threads in a block");
  EXPECT_DEATH(run(0, 32, &TwoBarriers), "0 blocks");
  EXPECT_DEATH(ThreadInBlock(), "only a kernel knows");
}

// What a test does with memory of the device.
struct SixteenFloats {
  Stream stream{Order::kForward};
  Buffer<float> buffer{stream, 16};
};

TEST(EmulationDeathTest, MemoryOfTheDeviceIsOutOfReachOfTheHost) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  SixteenFloats one;
  EXPECT_DEATH(*one.buffer.data() = 1, "");
  one.stream.Wait();
  EXPECT_DEATH(*one.buffer.data() = 1, "");
}

void WriteAt(float* x, int64_t i) {
  x[i] = 1;
}

TEST(EmulationDeathTest, KernelsCannotWriteBeyondTheEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  SixteenFloats one;
  one.stream.Launch(1, 1, &WriteAt, one.buffer.data(), int64_t{15});
  one.stream.Wait();
  EXPECT_DEATH(
      {
        one.stream.Launch(1, 1, &WriteAt, one.buffer.data(), int64_t{16});
        one.stream.Wait();
      },
      "");
}

TEST(Emulation, WritingAroundABufferShowsWhenItIsFreed) {
  for (const int64_t i : {-1, 15}) {
    Stream stream(Order::kForward);
    auto buffer = std::make_unique<Buffer<float>>(stream, 15);
    stream.Launch(1, 1, &WriteAt, buffer->data(), i);
    stream.Wait();
    buffer.reset();
    EXPECT_THROW(stream.Wait(), Bug) << i;
  }
}

// Adds *x to *sum.
void AddOne(const float* x, float* sum) {
  *sum += *x;
}

TEST(Stream, RunsAStepAsRecordedFromItsSecondTimeOn) {
  Stream stream(Order::kForward);
  Buffer<float> sum(stream, 1);
  const float zero = 0;
  stream.CopyFromHost(sum.data(), &zero, sizeof zero);
  for (int step = 1; step <= 5; ++step) {
    const auto number = static_cast<float>(step);
    stream.Launch(1, 1, &AddOne, stream.StepInput(std::span(&number, 1)), sum.data());
    std::make_unique<Buffer<float>>(stream, 7).reset();
    stream.EndStep();
    EXPECT_EQ(stream.replays(), step - 1);
  }
  EXPECT_EQ(OnHost(stream, sum.data(), 1)[0], 15);
}

TEST(Stream, KeepsTheInputsOfAStepWhenMemoryIsShort) {
  Stream stream(Order::kForward);
  Buffer<float> sum(stream, 1);
  const float zero = 0, one = 1, ten = 10;
  stream.CopyFromHost(sum.data(), &zero, sizeof zero);
  const float* first = stream.StepInput(std::span(&one, 1));
  try {
    stream.Allocate(size_t{1} << 60);
    ADD_FAILURE() << "there is too little memory";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNoMemory);
    EXPECT_EQ(error.exit_code(), 1);
  }
  stream.Launch(1, 1, &AddOne, first, sum.data());
  stream.Launch(1, 1, &AddOne, stream.StepInput(std::span(&ten, 1)), sum.data());
  EXPECT_EQ(OnHost(stream, sum.data(), 1)[0], 11);
}

TEST(Stream, AnotherArgumentMakesAnotherStep) {
  Stream stream(Order::kForward);
  Buffer<float> x(stream, 8);
  for (int64_t i = 0; i < 8; ++i) {
    stream.Launch(1, 1, &WriteAt, x.data(), i);
    stream.EndStep();
  }
  EXPECT_EQ(stream.replays(), 0);
  EXPECT_EQ(OnHost(stream, x.data(), 8), std::vector<float>(8, 1));
}

TEST(Emulation, WorkIsDoneWhenTheHostWaitsAndNotBefore) {
  Stream stream(Order::kForward);
  bool done = false;
  stream.Enqueue([&done](NativeStream& native) { native.Enqueue([&done] { done = true; }); });
  EXPECT_FALSE(done);
  stream.Wait();
  EXPECT_TRUE(done);
}

TEST(Emulation, CopiesAndBuffersFollowTheOrderOfTheWork) {
  Stream stream(Order::kForward);
  std::vector<float> host = {1, 2, 3};
  auto first = std::make_unique<Buffer<float>>(stream, 3);
  stream.CopyFromHost(first->data(), host.data(), 3 * sizeof(float));
  host = {7, 7, 7};  // after the copy was asked for
  Buffer<float> second(stream, 3);
  Launcher launcher(stream);
  const float* from = first->data();
  float* to = second.data();
  launcher.Loop(3, [=](int64_t i) { to[i] = 2 * from[i]; });
  first.reset();  // before the work is done
  EXPECT_EQ(OnHost(stream, second.data(), 3), (std::vector<float>{2, 4, 6}));
}

TEST(Emulation, MemoryBeginsAsNaN) {
  Stream stream(Order::kForward);
  Buffer<float> buffer(stream, 5);
  for (const float value : OnHost(stream, buffer.data(), 5)) EXPECT_TRUE(std::isnan(value));
}

// One count below, at and above that of the threads, and many rounds of them.
void ExpectLoopsAndSums(const LaunchLimits& limits) {
  for (const int64_t count : {0, 1, 31, 33, 191, 192, 193, 10'007}) {
    std::vector<double> sums;
    for (const Order order : kOrders) {
      Stream stream(order);
      Launcher launcher(stream, limits);
      Buffer<double> values(stream, count), sum(stream, 1);
      double* x = values.data();
      launcher.Loop(count, [=](int64_t i) { x[i] = 0; });
      launcher.Loop(count, [=](int64_t i) { x[i] += 1 / (1.0 + static_cast<double>(i)); });
      launcher.Sum(
          count, [=](int64_t i) { return x[i]; }, sum.data());
      launcher.AddSum(
          count, [=](int64_t i) { return x[i]; }, sum.data());
      sums.push_back(OnHost(stream, sum.data(), 1)[0]);
    }
    double expected = 0;
    for (int64_t i = 0; i < count; ++i) expected += 2 / (1.0 + static_cast<double>(i));
    EXPECT_NEAR(sums[0], expected, 1e-12 * expected) << count;
    EXPECT_EQ(sums[1], sums[0]) << count;
    EXPECT_EQ(sums[2], sums[0]) << count;
  }
}

TEST(Launcher, LoopsVisitEachElementOnceAndSumsAreRepeatable) {
  ExpectLoopsAndSums(kLaunchLimits);
  ExpectLoopsAndSums({.threads = 32, .most_blocks = 70});  // more sums of blocks than threads that add them
}

TEST(RandomNumbers, AreThoseOfTheProcessor) {
  const Rng rng(0x123456789ABCDEF, hourglass::Stream::kNoise);
  const RandomNumbers numbers(rng, 77);
  for (const int64_t sample : {int64_t{0}, int64_t{59'999}, Rng::kLastSample}) {
    for (const uint32_t element : {0u, 1u, 2u, 3u, 4u, 1001u}) {
      const auto id = static_cast<uint64_t>(sample);
      EXPECT_EQ(numbers.Uniform(sample, element), rng.Uniform(77, id, element));
      EXPECT_EQ(numbers.Below(10, sample, element), rng.Below(10, 77, id, element));
      EXPECT_EQ(numbers.Normal(sample, element), rng.Normal(77, id, element));
    }
  }
}

}  // namespace
}  // namespace hourglass::cuda
