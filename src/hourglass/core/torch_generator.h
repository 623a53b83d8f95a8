// PyTorch's random numbers on the CPU: a Mersenne Twister (MT19937), taken one after the other. Initial
// weights and the order of images come from it, so that a training begins where PyTorch's with the same seed
// begins: which units of a model die, and so its final loss, is largely decided there. Everything else is
// counter-based (rng.h).
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace hourglass {

class TorchGenerator {
 public:
  // torch.manual_seed(seed); of the seed the lower 32 bits count, as in PyTorch.
  explicit TorchGenerator(uint64_t seed) : twister_(static_cast<uint32_t>(seed)) {}

  // tensor.uniform_(-bound, bound) in f32: one number an element.
  void FillUniform(std::span<float> values, double bound);
  // torch.randperm(count): count - 1 numbers. PyTorch draws otherwise from 2^32 / 20 on. count < 2^32.
  std::vector<int64_t> Permutation(int64_t count);
  void Skip(uint64_t numbers) { twister_.discard(numbers); }

 private:
  std::mt19937 twister_;
};

}  // namespace hourglass
