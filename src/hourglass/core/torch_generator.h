// PyTorch's random numbers on the CPU: a Mersenne Twister (MT19937), read sequentially. Initial weights and
// image order use it, so training starts exactly as in PyTorch with the same seed. The start largely
// determines which units die, and thus the final loss. Everything else is counter-based (rng.h).
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace hourglass {

class TorchGenerator {
 public:
  // torch.manual_seed(seed); only the lower 32 bits count, as in PyTorch.
  explicit TorchGenerator(uint64_t seed) : twister_(static_cast<uint32_t>(seed)) {}

  // tensor.uniform_(-bound, bound) in f32: one number per element.
  void FillUniform(std::span<float> values, double bound);
  // torch.randperm(count), which draws count - 1 numbers. From count = 2^32 / 20 on, PyTorch draws
  // differently. Throws a usage Error unless 0 ≤ count < 2^32.
  std::vector<int64_t> Permutation(int64_t count);
  void Skip(uint64_t numbers) { twister_.discard(numbers); }

 private:
  std::mt19937 twister_;
};

}  // namespace hourglass
