#include "hourglass/map/detail/attraction.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/map/detail/attraction.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Must follow highway.h, or the code is not compiled for every target.
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace hourglass::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, Affinities::kRowGrain>;
using VFloat = hn::Vec<Floats>;

// From point i to the points of some entries of its row.
struct Differences {
  VFloat x, y, one_plus_square;
};

// The numbers x and y of the points `columns`.
struct Points {
  VFloat x, y;
};

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE Points Gather(const uint32_t* columns, const float* points) {
  return {hn::Set(Floats(), points[2 * *columns]), hn::Set(Floats(), points[2 * *columns + 1])};
}
#else
// A point's two numbers are gathered as one: that takes half as long.
HWY_INLINE Points Gather(const uint32_t* columns, const float* points) {
  const Floats d;
  const hn::Repartition<uint64_t, Floats> pairs;
  const hn::RebindToSigned<decltype(pairs)> places;
  const hn::Rebind<int32_t, decltype(pairs)> narrow;
  const auto* const of_points = reinterpret_cast<const uint64_t*>(points);
  const auto gather = [&](const uint32_t* from) {
    const auto at = hn::PromoteTo(places, hn::LoadU(narrow, reinterpret_cast<const int32_t*>(from)));
    return hn::BitCast(d, hn::GatherIndex(pairs, of_points, at));
  };
  const VFloat low = gather(columns), high = gather(columns + hn::Lanes(pairs));
  return {hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low)};
}
#endif

HWY_INLINE Differences DifferencesTo(const uint32_t* columns, const float* points, VFloat x_i, VFloat y_i) {
  const Floats d;
  const Points j = Gather(columns, points);
  const VFloat to_x = hn::Sub(x_i, j.x), to_y = hn::Sub(y_i, j.y);
  return {to_x, to_y, hn::MulAdd(to_x, to_x, hn::MulAdd(to_y, to_y, hn::Set(d, 1.0f)))};
}

void AttractRows(const Affinities& affinities, const float* points, int64_t begin, int64_t end,
                 float* force_x, float* force_y) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const uint32_t* const columns = affinities.columns.data();
  const float* const values = affinities.values.data();
  const int64_t* const first = affinities.begin.data();
  for (int64_t i = begin; i < end; ++i) {
    const VFloat x_i = hn::Set(d, points[2 * i]), y_i = hn::Set(d, points[2 * i + 1]);
    VFloat sum_x = hn::Zero(d), sum_y = hn::Zero(d);
    for (int64_t at = first[i]; at < first[i + 1]; at += lanes) {
      const Differences to = DifferencesTo(columns + at, points, x_i, y_i);
      const VFloat weight = hn::Div(hn::LoadU(d, values + at), to.one_plus_square);
      sum_x = hn::MulAdd(weight, to.x, sum_x);
      sum_y = hn::MulAdd(weight, to.y, sum_y);
    }
    force_x[i] = hn::GetLane(hn::SumOfLanes(d, sum_x));
    force_y[i] = hn::GetLane(hn::SumOfLanes(d, sum_y));
  }
}

double LogKernelsOfRows(const Affinities& affinities, const float* points, int64_t begin, int64_t end) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double all = 0;
  for (int64_t i = begin; i < end; ++i) {
    const VFloat x_i = hn::Set(d, points[2 * i]), y_i = hn::Set(d, points[2 * i + 1]);
    VFloat sum = hn::Zero(d);
    for (int64_t at = affinities.begin[static_cast<size_t>(i)];
         at < affinities.begin[static_cast<size_t>(i) + 1]; at += lanes) {
      const Differences to = DifferencesTo(affinities.columns.data() + at, points, x_i, y_i);
      sum = hn::MulAdd(hn::LoadU(d, affinities.values.data() + at), hn::Log(d, to.one_plus_square), sum);
    }
    all -= double{hn::GetLane(hn::SumOfLanes(d, sum))};
  }
  return all;
}

}  // namespace hourglass::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass {

HWY_EXPORT(AttractRows);
HWY_EXPORT(LogKernelsOfRows);

void Attract(const Affinities& affinities, const float* points, int64_t begin, int64_t end, float* force_x,
             float* force_y) {
  HWY_DYNAMIC_DISPATCH(AttractRows)(affinities, points, begin, end, force_x, force_y);
}

double LogKernels(const Affinities& affinities, const float* points, int64_t begin, int64_t end) {
  return HWY_DYNAMIC_DISPATCH(LogKernelsOfRows)(affinities, points, begin, end);
}

}  // namespace hourglass
#endif  // HWY_ONCE
