// Counter-based random numbers (Philox 4x32-10): every number is a pure function of (seed, stream, epoch,
// sample, element), so results do not depend on threads, batch size or call order, and a checkpoint needs
// only counters.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hourglass {

// One stream per purpose. Every run's results depend on these numbers: append, never renumber. 1 and 2 were
// initial weights and image order, which now come from torch_generator.h.
enum class Stream : uint32_t {
  kNoise = 3,
  kDropout = 4,
  kSearchTrial = 5,
  kDigits = 6,
  kSplit = 7,
  kPick = 8,
  kGenerate = 9,
  kMap = 10,
  kEdges = 11,
  kMix = 12,
  kCode = 13,
  kAugment = 14,
  kAugmentOfSecondView = 15,
  kNoiseOfSecondView = 16,
};

class Rng {
 public:
  // The largest sample number (40 bits) and epoch number (24 bits).
  static constexpr int64_t kLastSample = (int64_t{1} << 40) - 1, kLastEpoch = (1 << 24) - 1;

  Rng(uint64_t seed, Stream stream) : seed_(seed), stream_(stream) {}

  uint64_t seed() const { return seed_; }
  // The Philox input for block `block` of (epoch, sample); vectorised generators start from it.
  std::array<uint32_t, 4> Counter(uint32_t epoch, uint64_t sample, uint32_t block) const;

  // Four independent uniform 32-bit words for block `block` of (epoch, sample). Throws a usage Error above
  // kLastSample or kLastEpoch, as all functions below do.
  std::array<uint32_t, 4> Block(uint32_t epoch, uint64_t sample, uint32_t block) const;

  // Uniform in [0, 1), 24 bits.
  float Uniform(uint32_t epoch, uint64_t sample, uint32_t element) const;
  // Uniform in {0, …, bound - 1}, with a bias below bound / 2^32. Throws a usage Error unless bound > 0.
  uint32_t Below(uint32_t bound, uint32_t epoch, uint64_t sample, uint32_t element) const;
  // Standard normal by Box-Muller from 24-bit uniforms, computed in double before rounding; |value| < 5.9.
  float Normal(uint32_t epoch, uint64_t sample, uint32_t element) const;

 private:
  uint64_t seed_;
  Stream stream_;
};

// A random permutation of 0 … count-1 for `epoch` (Fisher-Yates over the stream). Throws a usage Error unless
// 0 ≤ count < 2^32.
std::vector<int64_t> Permutation(const Rng& rng, uint32_t epoch, int64_t count);

}  // namespace hourglass
