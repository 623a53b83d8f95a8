#include "hourglass/backend/cpu/pair_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/pair_kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/cpu/elements-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

constexpr int64_t kBlockRows = 4096;  // summed in f32

inline int64_t TileRows() {
  return static_cast<int64_t>(hn::Lanes(F32()));
}
// An even number, so that two sums can run side by side.
inline int64_t TilesOf(int64_t rows) {
  return (rows + 2 * TileRows() - 1) / (2 * TileRows()) * 2;
}

int64_t SizeOfPacked(int64_t N, int64_t d) {
  return TilesOf(N) * TileRows() * d;
}

template <class T>
void Pack(const T* z, int64_t N, int64_t d, double scale, float* packed) {
  // q is so small that it counts as 0, and D is not infinite.
  const auto far_away = static_cast<float>(1e17 / (scale * std::sqrt(static_cast<double>(d))));
  const int64_t lanes = TileRows();
  for (int64_t tile = 0; tile < TilesOf(N); ++tile) {
    for (int64_t c = 0; c < d; ++c) {
      for (int64_t row = tile * lanes; row < (tile + 1) * lanes; ++row) {
        *packed++ = row < N ? ToFloat(z[row * d + c]) : far_away;
      }
    }
  }
}

void PackF32(const float* z, int64_t N, int64_t d, double scale, float* packed) {
  Pack(z, N, d, scale, packed);
}
void PackBF16(const BFloat16* z, int64_t N, int64_t d, double scale, float* packed) {
  Pack(z, N, d, scale, packed);
}

// 1 / x by Newton's iteration from an approximation, of 12 bits or more on x86 and 8 elsewhere. Error: at
// most 2 ULP, for x from 1e-37 to 1e37. The pairs of two numbers take 1.6 times as long with divisions.
HWY_INLINE VF32 Reciprocal(VF32 x) {
  constexpr int kSteps = HWY_ARCH_X86 ? 1 : 2;
  const VF32 one = hn::Set(F32(), 1.0f);
  VF32 near = hn::ApproximateReciprocal(x);
  for (int step = 0; step < kSteps; ++step) near = hn::MulAdd(near, hn::NegMulAdd(x, near, one), near);
  return near;
}

// What is computed of the pairs of a row, by the kind of repulsion.
struct InfoNcePairs {
  explicit InfoNcePairs(const NeighbourLossSettings& /*settings*/) {}
  int64_t most_terms() const { return kBlockRows; }
  // q of a distance D.
  static HWY_INLINE VF32 Kernel(VF32 distance) { return Reciprocal(hn::Add(distance, hn::Set(F32(), 1.0f))); }
  // A sum of terms in progress, which begins at 0, and the sum.
  HWY_INLINE VF32 Add(VF32 terms, VF32 q) const { return hn::Add(terms, q); }
  HWY_INLINE VF32 Sum(VF32 terms) const { return terms; }
  HWY_INLINE VF32 Force(VF32 q) const { return hn::Mul(q, q); }
};

// A sum of ln(1 + q/s) is the logarithm of a product. The terms in progress are that product - 1, which keeps
// the bits of small q/s.
struct NegativePairs {
  explicit NegativePairs(const NeighbourLossSettings& settings)
      : s(settings.s), s_lanes(hn::Set(F32(), static_cast<float>(s))), ratio(Reciprocal(s_lanes)) {}
  // How many factors of up to 1 + 1/s stay below 2^120.
  int64_t most_terms() const {
    const double most = 120 * std::log(2.0) / std::log1p(1 / s);
    return static_cast<int64_t>(std::clamp<double>(most, 1, kBlockRows));
  }
  static HWY_INLINE VF32 Kernel(VF32 distance) { return InfoNcePairs::Kernel(distance); }
  HWY_INLINE VF32 Add(VF32 terms, VF32 q) const {
    const VF32 term = hn::Mul(q, ratio), factor = hn::MulAdd(q, ratio, hn::Set(F32(), 1.0f));
    return hn::MulAdd(terms, factor, term);
  }
  HWY_INLINE VF32 Sum(VF32 terms) const { return hn::Log1p(F32(), terms); }
  HWY_INLINE VF32 Force(VF32 q) const { return hn::Mul(hn::Mul(q, q), Reciprocal(hn::Add(q, s_lanes))); }

  double s;
  VF32 s_lanes, ratio;
};

struct CosinePairs {
  explicit CosinePairs(const NeighbourLossSettings& /*settings*/) {}
  int64_t most_terms() const { return kBlockRows; }
  static HWY_INLINE VF32 Kernel(VF32 distance) { return hn::Exp(F32(), hn::Neg(distance)); }
  HWY_INLINE VF32 Add(VF32 terms, VF32 q) const { return hn::Add(terms, q); }
  HWY_INLINE VF32 Sum(VF32 terms) const { return terms; }
  HWY_INLINE VF32 Force(VF32 q) const { return q; }
};

// One row of kD numbers (0: of any number), against tiles of rows.
template <int kD>
class RowAndTiles {
 public:
  RowAndTiles(const PackedCodes& codes, double scale, int64_t row)
      : tiles_(codes.values),
        d_(codes.d),
        lanes_(TileRows()),
        row_(codes.values + row / lanes_ * lanes_ * d_ + row % lanes_),
        square_(hn::Set(F32(), static_cast<float>(scale * scale))) {}

  HWY_INLINE int64_t d() const { return kD > 0 ? kD : d_; }
  // Number c of the row, minus that of the rows of a tile.
  HWY_INLINE VF32 Difference(int64_t tile, int64_t c) const {
    return hn::Sub(hn::Set(F32(), row_[c * lanes_]), hn::Load(F32(), tiles_ + (tile * d() + c) * lanes_));
  }
  // D of the row and the rows of a tile.
  HWY_INLINE VF32 Distance(int64_t tile) const {
    VF32 even = hn::Zero(F32()), odd = hn::Zero(F32());
    int64_t c = 0;
    for (; c + 2 <= d(); c += 2) {
      even = AddSquare(Difference(tile, c), even);
      odd = AddSquare(Difference(tile, c + 1), odd);
    }
    if (c < d()) even = AddSquare(Difference(tile, c), even);
    return hn::Mul(square_, hn::Add(even, odd));
  }

 private:
  static HWY_INLINE VF32 AddSquare(VF32 x, VF32 sum) { return hn::MulAdd(x, x, sum); }

  const float* HWY_RESTRICT tiles_;
  int64_t d_, lanes_;
  const float* HWY_RESTRICT row_;
  VF32 square_;
};

template <class Pairs, int kD>
void Sum(const NeighbourLossSettings& settings, const PackedCodes& codes, int64_t begin, int64_t end,
         double* sums) {
  const F32 f;
  const Pairs pairs(settings);
  const int64_t lanes = TileRows(), tiles = TilesOf(codes.N);
  const int64_t block = std::min(kBlockRows / lanes, pairs.most_terms());
  for (int64_t row = begin; row < end; ++row) {
    const RowAndTiles<kD> one(codes, settings.scale, row);
    const VF32 self = hn::Set(f, static_cast<float>(row % lanes));
    double total = 0;
    for (int64_t first = 0; first < tiles; first += block) {
      VF32 terms = hn::Zero(f);
      for (int64_t tile = first; tile < std::min(first + block, tiles); ++tile) {
        VF32 q = Pairs::Kernel(one.Distance(tile));
        if (tile == row / lanes) q = hn::IfThenZeroElse(hn::Eq(hn::Iota(f, 0), self), q);
        terms = pairs.Add(terms, q);
      }
      total += static_cast<double>(hn::GetLane(hn::SumOfLanes(f, pairs.Sum(terms))));
    }
    *sums++ = total;
  }
}

// Σ strength · (z_i - z_j) over the rows j of the tiles [first, last), of number c. strengths: of these rows.
template <int kD>
HWY_INLINE float Force(const RowAndTiles<kD>& row, const float* HWY_RESTRICT strengths, int64_t first,
                       int64_t last, int64_t c) {
  const F32 f;
  const int64_t lanes = TileRows();
  VF32 even = hn::Zero(f), odd = hn::Zero(f);
  for (int64_t tile = first; tile < last; tile += 2, strengths += 2 * lanes) {
    even = hn::MulAdd(hn::Load(f, strengths), row.Difference(tile, c), even);
    odd = hn::MulAdd(hn::Load(f, strengths + lanes), row.Difference(tile + 1, c), odd);
  }
  return hn::GetLane(hn::SumOfLanes(f, hn::Add(even, odd)));
}

template <class Pairs, int kD>
void Repel(const NeighbourLossSettings& settings, const PackedCodes& codes, const float* weights,
           int64_t begin, int64_t end, float* forces) {
  const F32 f;
  const Pairs pairs(settings);
  const int64_t lanes = TileRows(), tiles = TilesOf(codes.N), block = kBlockRows / lanes;
  HWY_ALIGN float strengths[kBlockRows];
  std::fill(forces, forces + (end - begin) * codes.d, 0.0f);
  for (int64_t i = begin; i < end; ++i, forces += codes.d) {
    const RowAndTiles<kD> row(codes, settings.scale, i);
    const VF32 weight = hn::Set(f, weights[i]);
    for (int64_t first = 0; first < tiles; first += block) {
      const int64_t last = std::min(first + block, tiles);
      for (int64_t tile = first; tile < last; ++tile) {
        const VF32 both = hn::Add(weight, hn::Load(f, weights + tile * lanes));
        hn::Store(hn::Mul(both, pairs.Force(Pairs::Kernel(row.Distance(tile)))), f,
                  strengths + (tile - first) * lanes);
      }
      for (int64_t c = 0; c < row.d(); ++c) forces[c] += Force(row, strengths, first, last, c);
    }
  }
}

// Calls work.operator()<Pairs, kD>(), kD as in RowAndTiles.
template <class Work>
void WithPairs(Repulsion repulsion, int64_t d, const Work& work) {
  const auto with_size = [&]<class Pairs>() {
    if (d == 2) return work.template operator()<Pairs, 2>();
    work.template operator()<Pairs, 0>();
  };
  if (repulsion == Repulsion::kInfoNce) return with_size.template operator()<InfoNcePairs>();
  if (repulsion == Repulsion::kCosine) return with_size.template operator()<CosinePairs>();
  with_size.template operator()<NegativePairs>();
}

void SumAll(const NeighbourLossSettings& settings, const PackedCodes& codes, int64_t begin, int64_t end,
            double* sums) {
  WithPairs(settings.repulsion, codes.d,
            [&]<class Pairs, int kD>() { Sum<Pairs, kD>(settings, codes, begin, end, sums); });
}

void RepelAll(const NeighbourLossSettings& settings, const PackedCodes& codes, const float* weights,
              int64_t begin, int64_t end, float* forces) {
  WithPairs(settings.repulsion, codes.d,
            [&]<class Pairs, int kD>() { Repel<Pairs, kD>(settings, codes, weights, begin, end, forces); });
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(SizeOfPacked);
HWY_EXPORT(PackF32);
HWY_EXPORT(PackBF16);
HWY_EXPORT(SumAll);
HWY_EXPORT(RepelAll);

int64_t PackedSize(int64_t N, int64_t d) {
  return HWY_DYNAMIC_DISPATCH(SizeOfPacked)(N, d);
}
template <>
void PackCodes(const float* z, int64_t N, int64_t d, double scale, float* packed) {
  HWY_DYNAMIC_DISPATCH(PackF32)(z, N, d, scale, packed);
}
template <>
void PackCodes(const BFloat16* z, int64_t N, int64_t d, double scale, float* packed) {
  HWY_DYNAMIC_DISPATCH(PackBF16)(z, N, d, scale, packed);
}
void SumPairs(const NeighbourLossSettings& settings, const PackedCodes& codes, int64_t begin, int64_t end,
              double* sums) {
  HWY_DYNAMIC_DISPATCH(SumAll)(settings, codes, begin, end, sums);
}
void RepelPairs(const NeighbourLossSettings& settings, const PackedCodes& codes, const float* weights,
                int64_t begin, int64_t end, float* forces) {
  HWY_DYNAMIC_DISPATCH(RepelAll)(settings, codes, weights, begin, end, forces);
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
