#include "hourglass/backend/cpu/add.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/backend/cpu/add.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "hourglass/backend/cpu/tile_layout-inl.h"
#include "hourglass/backend/cpu/with_compute_type.h"

HWY_BEFORE_NAMESPACE();
namespace hourglass::cpu::HWY_NAMESPACE {

// y[i] += x[i].
template <class T>
void AddAll(const T* HWY_RESTRICT x, int64_t count, T* HWY_RESTRICT y) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(F32()));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) StoreFloats(hn::Add(LoadFloats(y + i), LoadFloats(x + i)), y + i);
  for (; i < count; ++i) FromFloat(ToFloat(y[i]) + ToFloat(x[i]), y[i]);
}

#if HWY_TARGET == HWY_SCALAR  // too few lanes to transpose

template <class T>
int64_t AddBlocksToGroup(const T*, int64_t, T*) {
  return 0;
}
template <class T>
int64_t AddBlocksToRows(const T*, int64_t, T*) {
  return 0;
}

#else

// Four elements of a full group at a time; returns the number of elements done.
template <class T>
int64_t AddBlocksToGroup(const T* HWY_RESTRICT rows, int64_t row_size, T* HWY_RESTRICT group) {
  const Lanes16 d;
  int64_t e = 0;
  for (; e + 4 <= row_size; e += 4) {
    for (int64_t n = 0; n < kGroupRows; n += LaneCount()) {
      const T* from = rows + n * row_size + e;
      V16 a0 = LoadEveryFourth(d, from, row_size), a1 = LoadEveryFourth(d, from + row_size, row_size),
          a2 = LoadEveryFourth(d, from + 2 * row_size, row_size),
          a3 = LoadEveryFourth(d, from + 3 * row_size, row_size);
      Transpose(a0, a1, a2, a3);
      T* to = group + e * kGroupRows + n;
      const auto add = [&](V16 values, T* at) { StoreFloats(hn::Add(LoadFloats(at), values), at); };
      add(a0, to);
      add(a1, to + kGroupRows);
      add(a2, to + 2 * kGroupRows);
      add(a3, to + 3 * kGroupRows);
    }
  }
  return e;
}

template <class T>
int64_t AddBlocksToRows(const T* HWY_RESTRICT group, int64_t row_size, T* HWY_RESTRICT rows) {
  const Lanes16 d;
  int64_t e = 0;
  for (; e + 4 <= row_size; e += 4) {
    for (int64_t n = 0; n < kGroupRows; n += LaneCount()) {
      const T* from = group + e * kGroupRows + n;
      V16 a0 = LoadFloats(from), a1 = LoadFloats(from + kGroupRows), a2 = LoadFloats(from + 2 * kGroupRows),
          a3 = LoadFloats(from + 3 * kGroupRows);
      Transpose(a0, a1, a2, a3);
      T* to = rows + n * row_size + e;
      const auto add = [&](V16 values, T* at) {
        StoreEveryFourth(d, hn::Add(LoadEveryFourth(d, at, row_size), values), at, row_size);
      };
      add(a0, to);
      add(a1, to + row_size);
      add(a2, to + 2 * row_size);
      add(a3, to + 3 * row_size);
    }
  }
  return e;
}

#endif  // HWY_TARGET == HWY_SCALAR

// group [row_size, kGroupRows] += rows [count, row_size]; count is at most kGroupRows.
template <class T>
void AddToGroup(const T* rows, int64_t count, int64_t row_size, T* group) {
  int64_t e = count == kGroupRows ? AddBlocksToGroup(rows, row_size, group) : 0;
  for (; e < row_size; ++e) {
    T* to = group + e * kGroupRows;
    for (int64_t n = 0; n < count; ++n) FromFloat(ToFloat(to[n]) + ToFloat(rows[n * row_size + e]), to[n]);
  }
}

// rows += group.
template <class T>
void AddToRows(const T* group, int64_t count, int64_t row_size, T* rows) {
  int64_t e = count == kGroupRows ? AddBlocksToRows(group, row_size, rows) : 0;
  for (; e < row_size; ++e) {
    const T* from = group + e * kGroupRows;
    for (int64_t n = 0; n < count; ++n) {
      T& to = rows[n * row_size + e];
      FromFloat(ToFloat(to) + ToFloat(from[n]), to);
    }
  }
}

void AddAllF32(const float* x, int64_t count, float* y) {
  AddAll(x, count, y);
}
void AddAllBF16(const BFloat16* x, int64_t count, BFloat16* y) {
  AddAll(x, count, y);
}
void AddToGroupF32(const float* rows, int64_t count, int64_t row_size, float* group) {
  AddToGroup(rows, count, row_size, group);
}
void AddToGroupBF16(const BFloat16* rows, int64_t count, int64_t row_size, BFloat16* group) {
  AddToGroup(rows, count, row_size, group);
}
void AddToRowsF32(const float* group, int64_t count, int64_t row_size, float* rows) {
  AddToRows(group, count, row_size, rows);
}
void AddToRowsBF16(const BFloat16* group, int64_t count, int64_t row_size, BFloat16* rows) {
  AddToRows(group, count, row_size, rows);
}

}  // namespace hourglass::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass::cpu {

HWY_EXPORT(AddAllF32);
HWY_EXPORT(AddAllBF16);
HWY_EXPORT(AddToGroupF32);
HWY_EXPORT(AddToGroupBF16);
HWY_EXPORT(AddToRowsF32);
HWY_EXPORT(AddToRowsBF16);

namespace {

constexpr int64_t kAddGrain = 1 << 14;  // minimum elements per thread; for fewer, waking it costs more

void AddElements(const float* x, int64_t count, float* y) {
  HWY_DYNAMIC_DISPATCH(AddAllF32)(x, count, y);
}
void AddElements(const BFloat16* x, int64_t count, BFloat16* y) {
  HWY_DYNAMIC_DISPATCH(AddAllBF16)(x, count, y);
}
void AddRowsToGroup(const float* rows, int64_t count, int64_t row_size, float* group) {
  HWY_DYNAMIC_DISPATCH(AddToGroupF32)(rows, count, row_size, group);
}
void AddRowsToGroup(const BFloat16* rows, int64_t count, int64_t row_size, BFloat16* group) {
  HWY_DYNAMIC_DISPATCH(AddToGroupBF16)(rows, count, row_size, group);
}
void AddGroupToRows(const float* group, int64_t count, int64_t row_size, float* rows) {
  HWY_DYNAMIC_DISPATCH(AddToRowsF32)(group, count, row_size, rows);
}
void AddGroupToRows(const BFloat16* group, int64_t count, int64_t row_size, BFloat16* rows) {
  HWY_DYNAMIC_DISPATCH(AddToRowsBF16)(group, count, row_size, rows);
}

// One of the tensors is in rows, the other in groups.
template <class T>
void AddOtherLayout(Team& team, const Tensor& x, Tensor& y) {
  const int64_t rows = y.rows(), row_size = y.row_size(), groups = (rows + kGroupRows - 1) / kGroupRows;
  const int64_t grain = std::max<int64_t>(kAddGrain / std::max<int64_t>(kGroupRows * row_size, 1), 1);
  const auto* from = static_cast<const T*>(x.raw());
  auto* to = static_cast<T*>(y.raw());
  team.For(groups, grain, [&](int, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
      const int64_t place = group * kGroupRows * row_size;  // of its first number, in either layout
      const int64_t count = std::min(kGroupRows, rows - group * kGroupRows);
      if (y.layout() == RowLayout::kGroups) {
        AddRowsToGroup(from + place, count, row_size, to + place);
      } else {
        AddGroupToRows(from + place, count, row_size, to + place);
      }
    }
  });
}

}  // namespace

void AddTensor(Team& team, const Tensor& x, Tensor& y) {
  WithComputeType(y.dtype(), [&]<class T>() {
    if (x.layout() != y.layout()) return AddOtherLayout<T>(team, x, y);
    const auto count = static_cast<int64_t>(y.byte_size() / sizeof(T));
    team.For(count, kAddGrain, [&](int, int64_t begin, int64_t end) {
      AddElements(static_cast<const T*>(x.raw()) + begin, end - begin, static_cast<T*>(y.raw()) + begin);
    });
  });
}

}  // namespace hourglass::cpu
#endif  // HWY_ONCE
