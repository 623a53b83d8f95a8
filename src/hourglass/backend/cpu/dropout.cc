#include "hourglass/backend/cpu/dropout.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/dropout.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/cpu/elements-inl.h"
#include "hourglass/backend/cpu/philox-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

template <class T>
void Drop(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
          int64_t count, const T* HWY_RESTRICT x, T* HWY_RESTRICT y) {
  const auto chunk = static_cast<int64_t>(WordCount());
  // A uniform number has 24 bits: it is below the probability if and only if they are below `dropped`.
  const auto dropped = static_cast<uint32_t>(std::ceil(static_cast<double>(probability) * 0x1p24));
  const float scale = 1.0f / (1.0f - probability);
  HWY_ALIGN uint32_t words[kMaxWords];
  for (int64_t i = 0; i < count; i += chunk) {
    RandomWords(rng, epoch, sample, (first_element + static_cast<uint32_t>(i)) / 4, words);
    const int64_t end = std::min(chunk, count - i);
    for (int64_t j = 0; j < end; ++j) {
      FromFloat((words[j] >> 8) < dropped ? 0.0f : ToFloat(x[i + j]) * scale, y[i + j]);
    }
  }
}

void DropF32(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
             int64_t count, const float* x, float* y) {
  Drop(rng, epoch, sample, first_element, probability, count, x, y);
}
void DropBF16(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
              int64_t count, const BFloat16* x, BFloat16* y) {
  Drop(rng, epoch, sample, first_element, probability, count, x, y);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(DropF32);
HWY_EXPORT(DropBF16);

template <>
void DropElements(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
                  int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(DropF32)(rng, epoch, sample, first_element, probability, count, x, y);
}
template <>
void DropElements(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t first_element, float probability,
                  int64_t count, const BFloat16* x, BFloat16* y) {
  HWY_DYNAMIC_DISPATCH(DropBF16)(rng, epoch, sample, first_element, probability, count, x, y);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
