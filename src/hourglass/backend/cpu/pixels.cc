#include "hourglass/backend/cpu/pixels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/pixels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <numbers>

#include "hourglass/backend/cpu/elements-inl.h"

// After highway.h, or its per-target code is not made for every target.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

template <class T>
void Scale(const uint8_t* HWY_RESTRICT pixels, int64_t count, T* HWY_RESTRICT out) {
  const F32 d;
  const hn::RebindToSigned<F32> di32;
  const hn::Rebind<uint8_t, F32> du8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const VF32 white = hn::Set(d, 255.0f);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF32 values = hn::ConvertTo(d, hn::PromoteTo(di32, hn::LoadU(du8, pixels + i)));
    StoreFloats(hn::Div(values, white), out + i);
  }
  for (; i < count; ++i) FromFloat(static_cast<float>(pixels[i]) / 255.0f, out[i]);
}

#if HWY_TARGET == HWY_SCALAR  // no pairs of lanes to make 64-bit products in

template <class T>
void AddAll(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, T* x) {
  for (int64_t i = 0; i < count; ++i) {
    FromFloat(ToFloat(x[i]) + sigma * rng.Normal(epoch, sample, static_cast<uint32_t>(i)), x[i]);
  }
}

#else

using U64 = hn::RepartitionToWide<hn::RebindToUnsigned<F32> >;
using VU64 = hn::Vec<U64>;

// Philox 4x32-10 in as many blocks as there are 64-bit lanes; each word lies in the lower half of its lane.
struct Words {
  VU64 w[4];
};

inline VU64 Low(VU64 v) {
  return hn::And(v, hn::Set(U64(), 0xFFFFFFFFu));
}

// The 64-bit products of the lower halves of the lanes.
inline VU64 Product(VU64 v, uint64_t factor) {
  const hn::Repartition<uint32_t, U64> du32;
  return hn::MulEven(hn::BitCast(du32, v), hn::BitCast(du32, hn::Set(U64(), factor)));
}

inline Words Philox(Words c, uint64_t seed) {
  const U64 d;
  auto key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    const VU64 product0 = Product(c.w[0], 0xD2511F53u);
    const VU64 product1 = Product(c.w[2], 0xCD9E8D57u);
    const VU64 w0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), c.w[1]), hn::Set(d, key0));
    const VU64 w2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), c.w[3]), hn::Set(d, key1));
    c = {{w0, Low(product1), w2, Low(product0)}};
  }
  return c;
}

// Uniforms (k + offset) / 2^24 from the upper 24 bits of two words a block: lanes first, second, first,
// second, …
inline VF32 Uniforms(VU64 first, VU64 second, float offset) {
  const F32 d;
  const hn::RebindToSigned<F32> di32;
  const auto words = hn::BitCast(hn::RebindToUnsigned<F32>(), hn::Or(first, hn::ShiftLeft<32>(second)));
  const VF32 k = hn::ConvertTo(d, hn::BitCast(di32, hn::ShiftRight<8>(words)));
  return hn::Mul(hn::Add(k, hn::Set(d, offset)), hn::Set(d, 0x1p-24f));
}

// Writes two vectors of normals to `out`: those of blocks block, block + 1, …
inline void Normals(const Rng& rng, const std::array<uint32_t, 4>& counter, float* out) {
  const U64 d64;
  const F32 d;
  const Words w = Philox({{hn::Iota(d64, counter[0]), hn::Set(d64, counter[1]), hn::Set(d64, counter[2]),
                           hn::Set(d64, counter[3])}},
                         rng.seed());
  const VF32 log = hn::Log(d, Uniforms(w.w[0], w.w[2], 0.5f));
  const VF32 radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), hn::Min(log, hn::Zero(d))));
  const VF32 angle = hn::Mul(hn::Set(d, 2 * std::numbers::pi_v<float>), Uniforms(w.w[1], w.w[3], 0.0f));
  hn::StoreInterleaved2(hn::Mul(radius, hn::Cos(d, angle)), hn::Mul(radius, hn::Sin(d, angle)), d, out);
}

template <class T>
void AddAll(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, T* x) {
  const auto chunk = static_cast<int64_t>(2 * hn::Lanes(F32()));
  HWY_ALIGN float normals[2 * hn::MaxLanes(F32())];
  for (int64_t i = 0; i < count; i += chunk) {
    Normals(rng, rng.Counter(epoch, sample, static_cast<uint32_t>(i / 4)), normals);
    const int64_t end = std::min(chunk, count - i);
    for (int64_t j = 0; j < end; ++j) FromFloat(ToFloat(x[i + j]) + sigma * normals[j], x[i + j]);
  }
}

#endif  // HWY_TARGET == HWY_SCALAR

void ScaleF32(const uint8_t* pixels, int64_t count, float* out) {
  Scale(pixels, count, out);
}
void ScaleBF16(const uint8_t* pixels, int64_t count, BFloat16* out) {
  Scale(pixels, count, out);
}
void AddNormalsF32(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, float* x) {
  AddAll(rng, epoch, sample, sigma, count, x);
}
void AddNormalsBF16(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count,
                    BFloat16* x) {
  AddAll(rng, epoch, sample, sigma, count, x);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(ScaleF32);
HWY_EXPORT(ScaleBF16);
HWY_EXPORT(AddNormalsF32);
HWY_EXPORT(AddNormalsBF16);

template <>
void ScalePixels(const uint8_t* pixels, int64_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(ScaleF32)(pixels, count, out);
}
template <>
void ScalePixels(const uint8_t* pixels, int64_t count, BFloat16* out) {
  HWY_DYNAMIC_DISPATCH(ScaleBF16)(pixels, count, out);
}
template <>
void AddNormals(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, float* x) {
  HWY_DYNAMIC_DISPATCH(AddNormalsF32)(rng, epoch, sample, sigma, count, x);
}
template <>
void AddNormals(const Rng& rng, uint32_t epoch, uint64_t sample, float sigma, int64_t count, BFloat16* x) {
  HWY_DYNAMIC_DISPATCH(AddNormalsBF16)(rng, epoch, sample, sigma, count, x);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
