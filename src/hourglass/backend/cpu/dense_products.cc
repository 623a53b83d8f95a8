#include "hourglass/backend/cpu/dense_products.h"

#include <algorithm>
#include <limits>

namespace hourglass::cpu {

Area AreaOf(int64_t M, int64_t N, int thread, int threads) {
  constexpr int64_t kVector = 16;
  constexpr int64_t kPacking = 8;  // packing a vector takes as long as multiplying it with 8 rows
  const int64_t vectors = (N + kVector - 1) / kVector;
  int64_t down = 1, across = 1, least = std::numeric_limits<int64_t>::max();
  for (int64_t d = 1; d <= threads; ++d) {
    if (threads % d != 0) continue;
    const int64_t a = threads / d, cost = (vectors + a - 1) / a * ((M + d - 1) / d + kPacking);
    if (cost >= least) continue;
    least = cost;
    down = d;
    across = a;
  }
  const int64_t i = thread / across, j = thread % across;
  const int64_t row = M * i / down, column = vectors * j / across * kVector;
  return {row, M * (i + 1) / down - row, column, std::min(N, vectors * (j + 1) / across * kVector) - column};
}

}  // namespace hourglass::cpu
