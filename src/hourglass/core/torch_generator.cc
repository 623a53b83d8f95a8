#include "hourglass/core/torch_generator.h"

#include <numeric>
#include <utility>

#include "hourglass/core/require.h"

namespace hourglass {

void TorchGenerator::FillUniform(std::span<float> values, double bound) {
  const auto from = static_cast<float>(-bound), to = static_cast<float>(bound);
  for (float& value : values) {
    const double uniform = static_cast<double>(twister_() & 0xFFFFFF) * 0x1p-24;
    value = static_cast<float>(uniform * (to - from) + from);
  }
}

std::vector<int64_t> TorchGenerator::Permutation(int64_t count) {
  RequireBetween("number of numbers to permute", count, 0, (int64_t{1} << 32) - 1);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t i = 0; i < count - 1; ++i) {
    const int64_t other = i + twister_() % static_cast<uint32_t>(count - i);
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(other)]);
  }
  return order;
}

}  // namespace hourglass
