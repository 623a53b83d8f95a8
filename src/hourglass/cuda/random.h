// The random numbers of core/rng.h in kernels: the same words from Random123's Philox.
#pragma once

#include <Random123/philox.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

#include "hourglass/core/rng.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// What a kernel needs of an Rng.
struct RandomNumbers {
  uint32_t seed_low, seed_high, stream, epoch;

  RandomNumbers(const Rng& rng, uint32_t of_epoch)
      : seed_low(static_cast<uint32_t>(rng.seed())),
        seed_high(static_cast<uint32_t>(rng.seed() >> 32)),
        stream(rng.Counter(of_epoch, 0, 0)[3]),
        epoch(of_epoch) {}

  // As Rng::Counter and Rng::Block.
  __host__ __device__ r123::Philox4x32::ctr_type Block(int64_t sample, uint32_t block) const {
    const auto id = static_cast<uint64_t>(sample);
    const uint32_t high = static_cast<uint32_t>(id >> 32) | epoch << 8;
    return r123::Philox4x32{}({{block, static_cast<uint32_t>(id), high, stream}}, {{seed_low, seed_high}});
  }
  __host__ __device__ uint32_t Word(int64_t sample, uint32_t element) const {
    return Block(sample, element / 4)[element % 4];
  }
  // As the functions of Rng.
  __host__ __device__ float Uniform(int64_t sample, uint32_t element) const {
    return static_cast<float>(Word(sample, element) >> 8) * 0x1p-24f;
  }
  __host__ __device__ uint32_t Below(uint32_t bound, int64_t sample, uint32_t element) const {
    return static_cast<uint32_t>((uint64_t{Word(sample, element)} * bound) >> 32);
  }
  __host__ __device__ float Normal(int64_t sample, uint32_t element) const {
    const auto words = Block(sample, element / 4);
    const uint32_t pair = element % 4 / 2 * 2;
    const double radius = std::sqrt(-2.0 * std::log(((words[pair] >> 8) + 0.5) * 0x1p-24));
    const double angle = 2.0 * std::numbers::pi * ((words[pair + 1] >> 8) * 0x1p-24);
    return static_cast<float>(radius * (element % 2 == 0 ? std::cos(angle) : std::sin(angle)));
  }
};

// The random numbers of the samples of a batch, row by row. They lie among the inputs of a step, so that
// steps that differ only in their epoch are alike and run as recorded.
struct BatchNumbers {
  const RandomNumbers* random;
  const int64_t* samples;

  BatchNumbers(Launcher& launcher, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids) {
    const RandomNumbers of_epoch(rng, epoch);
    random = launcher.stream().StepInput(std::span(&of_epoch, 1));
    samples = launcher.stream().StepInput(ids);
  }

  // As the functions of RandomNumbers.
  __host__ __device__ uint32_t Word(int64_t row, uint32_t element) const {
    return random->Word(samples[row], element);
  }
  __host__ __device__ float Uniform(int64_t row, uint32_t element) const {
    return random->Uniform(samples[row], element);
  }
  __host__ __device__ uint32_t Below(uint32_t bound, int64_t row, uint32_t element) const {
    return random->Below(bound, samples[row], element);
  }
  __host__ __device__ float Normal(int64_t row, uint32_t element) const {
    return random->Normal(samples[row], element);
  }
};

}  // namespace hourglass::cuda
