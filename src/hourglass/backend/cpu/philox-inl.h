// Philox 4x32-10 in vectors: the same numbers as core/rng.h, several blocks at a time. Per-target include
// guard.
#if defined(HOURGLASS_BACKEND_CPU_PHILOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HOURGLASS_BACKEND_CPU_PHILOX_INL_H_
#undef HOURGLASS_BACKEND_CPU_PHILOX_INL_H_
#else
#define HOURGLASS_BACKEND_CPU_PHILOX_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>

#include "hourglass/core/rng.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The number of words that RandomWords() writes, for consecutive elements; a multiple of 4.
inline constexpr size_t kMaxWords = std::max<size_t>(4, 2 * hn::MaxLanes(hn::ScalableTag<float>()));

#if HWY_TARGET == HWY_SCALAR  // no pairs of lanes for 64-bit products

inline size_t WordCount() {
  return 4;
}

inline void RandomWords(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t block, uint32_t* words) {
  std::ranges::copy(rng.Block(epoch, sample, block), words);
}

#else

using U64 = hn::RepartitionToWide<hn::RebindToUnsigned<hn::ScalableTag<float> > >;
using VU64 = hn::Vec<U64>;

// One block per 64-bit lane; each word lies in the lower half of its lane. The upper half is noise.
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

// The blocks block, block + 1, …, one set after the other.
template <int kSets>
HWY_INLINE void Philox(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t block,
                       Words (&sets)[kSets]) {
  const U64 d;
  const std::array<uint32_t, 4> counter = rng.Counter(epoch, sample, block);
  const VU64 lane = hn::Iota(d, 0);  // of a constant: else each lane is stored, and all wait to be loaded
  for (int s = 0; s < kSets; ++s) {
    const uint64_t first = counter[0] + static_cast<uint64_t>(s) * hn::Lanes(d);
    sets[s] = {{hn::Add(lane, hn::Set(d, first)), hn::Set(d, counter[1]), hn::Set(d, counter[2]),
                hn::Set(d, counter[3])}};
  }
  VU64 key0 = hn::Set(d, rng.seed()), key1 = hn::Set(d, rng.seed() >> 32);
  for (int round = 0; round < 10; ++round) {
    for (Words& c : sets) {
      const VU64 product0 = Product(c.w[0], 0xD2511F53u);
      const VU64 product1 = Product(c.w[2], 0xCD9E8D57u);
      const VU64 w0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), c.w[1]), key0);
      const VU64 w2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), c.w[3]), key1);
      c = {{w0, product1, w2, product0}};
    }
    key0 = hn::Add(key0, hn::Set(d, 0x9E3779B9u));
    key1 = hn::Add(key1, hn::Set(d, 0xBB67AE85u));
  }
}

// The words `first` and `second` of every block as 32-bit lanes: first, second, first, second, …
inline hn::Vec<hn::RebindToUnsigned<hn::ScalableTag<float> > > Pairs(VU64 first, VU64 second) {
  return hn::BitCast(hn::RebindToUnsigned<hn::ScalableTag<float> >(),
                     hn::Or(Low(first), hn::ShiftLeft<32>(second)));
}

inline size_t WordCount() {
  return 2 * hn::Lanes(hn::ScalableTag<float>());
}

// The words of the blocks block, block + 1, … of (epoch, sample), WordCount() of them.
inline void RandomWords(const Rng& rng, uint32_t epoch, uint64_t sample, uint32_t block, uint32_t* words) {
  Words words_of[1];
  Philox(rng, epoch, sample, block, words_of);
  const Words& w = words_of[0];
  hn::StoreInterleaved2(Pairs(w.w[0], w.w[2]), Pairs(w.w[1], w.w[3]),
                        hn::RebindToUnsigned<hn::ScalableTag<float> >(), words);
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HOURGLASS_BACKEND_CPU_PHILOX_INL_H_
