#include "hourglass/backend/cpu/corrupt.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/corrupt.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <numbers>

#include "hourglass/backend/cpu/elements-inl.h"
#include "hourglass/backend/cpu/philox-inl.h"

// Must follow highway.h, or the code is not compiled for every target.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

template <class T>
void AddAll(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, T* x) {
  for (int64_t i = 0; i < count; ++i) {
    FromFloat(ToFloat(x[i]) + sigma * rng.Normal(epoch, sample, static_cast<uint32_t>(i)), x[i]);
  }
}

#else

// Uniforms (k + offset) / 2^24 from the upper 24 bits of two words per block; lanes: first, second, first,
// second, …
inline VF32 Uniforms(VU64 first, VU64 second, float offset) {
  const F32 d;
  const hn::RebindToSigned<F32> di32;
  const VF32 k = hn::ConvertTo(d, hn::BitCast(di32, hn::ShiftRight<8>(Pairs(first, second))));
  return hn::Mul(hn::Add(k, hn::Set(d, offset)), hn::Set(d, 0x1p-24f));
}

// Writes the two vectors of normals that the blocks `w` give.
inline void Normals(const Words& w, float* out) {
  const F32 d;
  const VF32 log = hn::Log(d, Uniforms(w.w[0], w.w[2], 0.5f));
  const VF32 radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), hn::Min(log, hn::Zero(d))));
  const VF32 angle = hn::Mul(hn::Set(d, 2 * std::numbers::pi_v<float>), Uniforms(w.w[1], w.w[3], 0.0f));
  hn::StoreInterleaved2(hn::Mul(radius, hn::Cos(d, angle)), hn::Mul(radius, hn::Sin(d, angle)), d, out);
}

template <class T>
void AddAll(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, T* x) {
  constexpr int kSets = 2;  // independent of each other, so that none waits for its own last result
  const auto set = static_cast<int64_t>(2 * hn::Lanes(F32())), chunk = kSets * set;
  HWY_ALIGN float normals[kSets * 2 * hn::MaxLanes(F32())];
  for (int64_t i = 0; i < count; i += chunk) {
    Words words[kSets];
    Philox(rng, epoch, sample, static_cast<uint32_t>(i / 4), words);
    for (int s = 0; s < kSets; ++s) Normals(words[s], normals + s * set);
    const int64_t end = std::min(chunk, count - i);
    for (int64_t j = 0; j < end; ++j) FromFloat(ToFloat(x[i + j]) + sigma * normals[j], x[i + j]);
  }
}

#endif  // HWY_TARGET == HWY_SCALAR

template <class T>
void ReplaceAll(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t replaced, uint32_t white,
                int64_t channels, int64_t pixels, T* x) {
  const auto chunk = static_cast<int64_t>(WordCount());
  HWY_ALIGN uint32_t words[kMaxWords];
  T black, full;
  FromFloat(0.0f, black);
  FromFloat(1.0f, full);
  for (int64_t p = 0; p < pixels; p += chunk) {
    RandomWords(rng, epoch, sample, static_cast<uint32_t>(p / 4), words);
    const int64_t end = std::min(chunk, pixels - p);
    for (int64_t c = 0; c < channels; ++c) {
      T* to = x + c * pixels + p;
      for (int64_t j = 0; j < end; ++j) {
        to[j] = words[j] < white ? full : words[j] < replaced ? black : to[j];
      }
    }
  }
}

void AddNormalsF32(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, float* x) {
  AddAll(rng, epoch, sample, sigma, count, x);
}
void AddNormalsBF16(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count,
                    BFloat16* x) {
  AddAll(rng, epoch, sample, sigma, count, x);
}
void ReplaceF32(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t replaced, uint32_t white,
                int64_t channels, int64_t pixels, float* x) {
  ReplaceAll(rng, epoch, sample, replaced, white, channels, pixels, x);
}
void ReplaceBF16(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t replaced, uint32_t white,
                 int64_t channels, int64_t pixels, BFloat16* x) {
  ReplaceAll(rng, epoch, sample, replaced, white, channels, pixels, x);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(AddNormalsF32);
HWY_EXPORT(AddNormalsBF16);
HWY_EXPORT(ReplaceF32);
HWY_EXPORT(ReplaceBF16);

template <>
void AddNormals(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, float* x) {
  HWY_DYNAMIC_DISPATCH(AddNormalsF32)(rng, epoch, sample, sigma, count, x);
}
template <>
void AddNormals(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, BFloat16* x) {
  HWY_DYNAMIC_DISPATCH(AddNormalsBF16)(rng, epoch, sample, sigma, count, x);
}
template <>
void ReplacePixels(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t replaced, uint32_t white,
                   int64_t channels, int64_t pixels, float* x) {
  HWY_DYNAMIC_DISPATCH(ReplaceF32)(rng, epoch, sample, replaced, white, channels, pixels, x);
}
template <>
void ReplacePixels(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t replaced, uint32_t white,
                   int64_t channels, int64_t pixels, BFloat16* x) {
  HWY_DYNAMIC_DISPATCH(ReplaceBF16)(rng, epoch, sample, replaced, white, channels, pixels, x);
}

namespace {

template <class T>
void Occlude(double share, const Rng& rng, uint32_t epoch, uint64_t sample, const Shape& images, T* x) {
  const int64_t C = images[1], H = images[2], W = images[3];
  const int64_t side = OcclusionSide(share, H, W);
  const int64_t top = rng.Below(static_cast<uint32_t>(H - side + 1), epoch, sample, 0);
  const int64_t left = rng.Below(static_cast<uint32_t>(W - side + 1), epoch, sample, 1);
  for (int64_t c = 0; c < C; ++c) {
    for (int64_t h = top; h < top + side; ++h) std::fill_n(x + (c * H + h) * W + left, side, T{});
  }
}

}  // namespace

template <class T>
void CorruptImage(const Corruption& corruption, const Rng& rng, uint32_t epoch, uint64_t sample,
                  const Shape& images, T* x) {
  const int64_t C = images[1], P = images[2] * images[3];
  const auto words = [](double share) { return static_cast<uint32_t>(share * 0x1p32); };
  switch (corruption.kind) {
    case CorruptionKind::kNone:
      return;
    case CorruptionKind::kGaussian:
      return AddNormals(rng, epoch, sample, static_cast<float>(corruption.amount), C * P, x);
    case CorruptionKind::kOcclusion:
      return Occlude(corruption.amount, rng, epoch, sample, images, x);
    case CorruptionKind::kSaltPepper:
      return ReplacePixels(rng, epoch, sample, words(corruption.amount), words(corruption.amount) / 2, C, P,
                           x);
    case CorruptionKind::kMasking:
      return ReplacePixels(rng, epoch, sample, words(corruption.amount), 0, C, P, x);
  }
}

template void CorruptImage(const Corruption&, const Rng&, uint32_t, uint64_t, const Shape&, float*);
template void CorruptImage(const Corruption&, const Rng&, uint32_t, uint64_t, const Shape&, BFloat16*);

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
