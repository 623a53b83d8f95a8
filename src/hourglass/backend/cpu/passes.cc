#include "hourglass/backend/cpu/passes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/passes.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "hourglass/backend/cpu/elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

template <class T>
void Round(const float* HWY_RESTRICT x, int64_t count, T* HWY_RESTRICT out) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(F32()));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) StoreFloats(LoadFloats(x + i), out + i);
  for (; i < count; ++i) FromFloat(x[i], out[i]);
}

template <class T>
void Mix(const T* HWY_RESTRICT other, float share, int64_t count, T* HWY_RESTRICT x) {
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const VF32 shares = hn::Set(d, share);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 own = LoadFloats(x + i);
    StoreFloats(hn::MulAdd(shares, hn::Sub(LoadFloats(other + i), own), own), x + i);
  }
  for (; i < count; ++i) {
    const float own = ToFloat(x[i]);
    FromFloat(own + share * (ToFloat(other[i]) - own), x[i]);
  }
}

double SumOfSquaresF32(const float* HWY_RESTRICT x, int64_t count) {
  constexpr int64_t kBlock = 4096;
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, count);
    VF32 sums = hn::Zero(d);
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      const VF32 values = LoadFloats(x + i);
      sums = hn::MulAdd(values, values, sums);
    }
    sum += hn::GetLane(hn::SumOfLanes(d, sums));
    for (; i < end; ++i) sum += x[i] * x[i];
  }
  return sum;
}

template <class T>
double Distance2(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, int64_t count) {
  constexpr int64_t kBlock = 256;  // short: what counts is how little distances differ
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, count);
    VF32 sums = hn::Zero(d);
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      const VF32 difference = hn::Sub(LoadFloats(a + i), LoadFloats(b + i));
      sums = hn::MulAdd(difference, difference, sums);
    }
    sum += hn::GetLane(hn::SumOfLanes(d, sums));
    for (; i < end; ++i) sum += (ToFloat(a[i]) - ToFloat(b[i])) * (ToFloat(a[i]) - ToFloat(b[i]));
  }
  return sum;
}

void ScaleF32(float factor, int64_t count, float* x) {
  const F32 d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const VF32 factors = hn::Set(d, factor);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) StoreFloats(hn::Mul(factors, LoadFloats(x + i)), x + i);
  for (; i < count; ++i) x[i] *= factor;
}

void RoundToF32(const float* x, int64_t count, float* out) {
  Round(x, count, out);
}
void RoundToBF16(const float* x, int64_t count, BFloat16* out) {
  Round(x, count, out);
}
void MixF32(const float* other, float share, int64_t count, float* x) {
  Mix(other, share, count, x);
}
void MixBF16(const BFloat16* other, float share, int64_t count, BFloat16* x) {
  Mix(other, share, count, x);
}
double Distance2F32(const float* a, const float* b, int64_t count) {
  return Distance2(a, b, count);
}
double Distance2BF16(const BFloat16* a, const BFloat16* b, int64_t count) {
  return Distance2(a, b, count);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(RoundToF32);
HWY_EXPORT(RoundToBF16);
HWY_EXPORT(MixF32);
HWY_EXPORT(MixBF16);
HWY_EXPORT(SumOfSquaresF32);
HWY_EXPORT(Distance2F32);
HWY_EXPORT(Distance2BF16);
HWY_EXPORT(ScaleF32);

template <>
void RoundElements(const float* x, int64_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(RoundToF32)(x, count, out);
}
template <>
void RoundElements(const float* x, int64_t count, BFloat16* out) {
  HWY_DYNAMIC_DISPATCH(RoundToBF16)(x, count, out);
}
template <>
void MixElements(const float* other, float share, int64_t count, float* x) {
  HWY_DYNAMIC_DISPATCH(MixF32)(other, share, count, x);
}
template <>
void MixElements(const BFloat16* other, float share, int64_t count, BFloat16* x) {
  HWY_DYNAMIC_DISPATCH(MixBF16)(other, share, count, x);
}

double SumOfSquares(const float* x, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(SumOfSquaresF32)(x, count);
}
template <>
double SquaredDistance(const float* a, const float* b, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(Distance2F32)(a, b, count);
}
template <>
double SquaredDistance(const BFloat16* a, const BFloat16* b, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(Distance2BF16)(a, b, count);
}
void ScaleElements(float factor, int64_t count, float* x) {
  HWY_DYNAMIC_DISPATCH(ScaleF32)(factor, count, x);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
