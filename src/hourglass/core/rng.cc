#include "hourglass/core/rng.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "hourglass/core/require.h"

namespace hourglass {

std::array<uint32_t, 4> Rng::Counter(uint32_t epoch, uint64_t sample, uint32_t block) const {
  RequireBetween("sample", static_cast<int64_t>(sample), 0, kLastSample);
  RequireBetween("epoch", epoch, 0, kLastEpoch);
  return {block, static_cast<uint32_t>(sample), static_cast<uint32_t>(sample >> 32) | epoch << 8,
          static_cast<uint32_t>(stream_)};
}

std::array<uint32_t, 4> Rng::Block(uint32_t epoch, uint64_t sample, uint32_t block) const {
  const auto c = Counter(epoch, sample, block);
  const auto words = r123::Philox4x32{}({{c[0], c[1], c[2], c[3]}},
                                        {{static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)}});
  return {words[0], words[1], words[2], words[3]};
}

float Rng::Uniform(uint32_t epoch, uint64_t sample, uint32_t element) const {
  return static_cast<float>(Block(epoch, sample, element / 4)[element % 4] >> 8) * 0x1p-24f;
}

uint32_t Rng::Below(uint32_t bound, uint32_t epoch, uint64_t sample, uint32_t element) const {
  RequireAtLeast("bound of a random number", bound, 1);
  const uint64_t word = Block(epoch, sample, element / 4)[element % 4];
  return static_cast<uint32_t>((word * bound) >> 32);
}

float Rng::Normal(uint32_t epoch, uint64_t sample, uint32_t element) const {
  const auto words = Block(epoch, sample, element / 4);
  const size_t pair = element % 4 / 2 * 2;
  const double radius = std::sqrt(-2.0 * std::log(((words[pair] >> 8) + 0.5) * 0x1p-24));
  const double angle = 2.0 * std::numbers::pi * ((words[pair + 1] >> 8) * 0x1p-24);
  return static_cast<float>(radius * (element % 2 == 0 ? std::cos(angle) : std::sin(angle)));
}

std::vector<int64_t> Permutation(const Rng& rng, uint32_t epoch, int64_t count) {
  RequireBetween("number of numbers to permute", count, 0, (int64_t{1} << 32) - 1);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t last = count - 1; last > 0; --last) {
    const auto other = rng.Below(static_cast<uint32_t>(last + 1), epoch, static_cast<uint64_t>(last), 0);
    std::swap(order[static_cast<size_t>(last)], order[other]);
  }
  return order;
}

}  // namespace hourglass
