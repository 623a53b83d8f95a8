#include "hourglass/map/detail/grid_convolution.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "hourglass/map/detail/grid_convolution.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "hourglass/map/detail/column_fft-inl.h"

#ifndef HOURGLASS_MAP_DETAIL_GRID_CONVOLUTION_CC_
#define HOURGLASS_MAP_DETAIL_GRID_CONVOLUTION_CC_
namespace hourglass {

// Columns that are transformed together: [size, lanes].
struct ColumnRooms {
  float* data_re;
  float* data_im;
  float* room_re;
  float* room_im;
};

// Transformed kernels of one group of frequencies: [size, lanes].
struct KernelBlock {
  const float* force_re;
  const float* force_im;
  const float* energy;
};

}  // namespace hourglass
#endif

HWY_BEFORE_NAMESPACE();
namespace hourglass::HWY_NAMESPACE {

int64_t LanesOfColumns() {
  return LaneCount();
}

HWY_INLINE Columns DataOf(const ColumnRooms& rooms) {
  return {rooms.data_re, rooms.data_im};
}
HWY_INLINE Columns RoomOf(const ColumnRooms& rooms) {
  return {rooms.room_re, rooms.room_im};
}
HWY_INLINE Columns Swapped(const Columns& columns) {
  return {columns.im, columns.re};
}

// `count` rows of `lanes` numbers, `stride` apart; zeros if null, and in the rows up to `size`.
HWY_INLINE void LoadRows(const float* from, int64_t stride, int64_t count, int64_t size, float* to) {
  const Lanes16 d;
  const int64_t lanes = LaneCount();
  if (from == nullptr) count = 0;
  for (int64_t row = 0; row < count; ++row) hn::Store(hn::LoadU(d, from + row * stride), d, to + row * lanes);
  std::fill(to + count * lanes, to + size * lanes, 0.0f);
}

// Writes the transposes of all blocks [lanes, lanes] of `from` [size, lanes] to `to`, which is
// [size / lanes, columns, lanes], at `column` and the following.
HWY_INLINE void StoreTransposed(const float* from, int64_t size, int64_t columns, int64_t column, float* to) {
  const int64_t lanes = LaneCount();
  for (int64_t block = 0; block < size / lanes; ++block) {
    cpu::HWY_NAMESPACE::TransposeRows(from + block * lanes * lanes, lanes, lanes, lanes,
                                      to + (block * columns + column) * lanes, lanes);
  }
}
HWY_INLINE void LoadTransposed(const float* from, int64_t size, int64_t columns, int64_t column, float* to) {
  const int64_t lanes = LaneCount();
  for (int64_t block = 0; block < size / lanes; ++block) {
    cpu::HWY_NAMESPACE::TransposeRows(from + (block * columns + column) * lanes, lanes, lanes, lanes,
                                      to + block * lanes * lanes, lanes);
  }
}

// Transforms columns `column` to `column` + lanes of a grid with `filled` rows and columns.
void ColumnsForward(const FftPlan& plan, const float* re, const float* im, int64_t filled, int64_t column,
                    const ColumnRooms& rooms, float* half_re, float* half_im) {
  LoadRows(re + column, filled, filled, plan.rows, rooms.data_re);
  LoadRows(im != nullptr ? im + column : nullptr, filled, filled, plan.rows, rooms.data_im);
  const Columns result = Fft(plan, DataOf(rooms), RoomOf(rooms));
  StoreTransposed(result.re, plan.rows, filled, column, half_re);
  StoreTransposed(result.im, plan.rows, filled, column, half_im);
}

// The transform of one group of frequencies [filled, lanes] along the other axis, in `rooms`.
HWY_INLINE Columns RowSpectrum(const FftPlan& plan, const float* half_re, const float* half_im,
                               int64_t filled, const ColumnRooms& rooms) {
  LoadRows(half_re, LaneCount(), filled, plan.rows, rooms.data_re);
  LoadRows(half_im, LaneCount(), filled, plan.rows, rooms.data_im);
  return Fft(plan, DataOf(rooms), RoomOf(rooms));
}

// Writes that transform to `re` and `im` [size, lanes].
void RowsForward(const FftPlan& plan, const float* half_re, const float* half_im, int64_t filled,
                 const ColumnRooms& rooms, float* re, float* im) {
  const Columns result = RowSpectrum(plan, half_re, half_im, filled, rooms);
  std::copy_n(result.re, plan.rows * LaneCount(), re);
  std::copy_n(result.im, plan.rows * LaneCount(), im);
}

// Multiplies that transform by the kernels and transforms it back, in place; all while it is in the cache.
// Returns the group's part of the energy.
double RowsThroughKernels(const FftPlan& plan, int64_t filled, const KernelBlock& kernel,
                          const ColumnRooms& rooms, float* half_re, float* half_im) {
  const Lanes16 d;
  const int64_t lanes = LaneCount();
  const Columns spectrum = RowSpectrum(plan, half_re, half_im, filled, rooms);
  V16 energy = hn::Zero(d);
  for (int64_t row = 0; row < plan.rows; ++row) {
    const Complex x = spectrum.Load(row);
    const V16 re = hn::Load(d, kernel.force_re + row * lanes),
              im = hn::Load(d, kernel.force_im + row * lanes);
    const V16 square = hn::MulAdd(x.re, x.re, hn::Mul(x.im, x.im));
    energy = hn::MulAdd(square, hn::Load(d, kernel.energy + row * lanes), energy);
    spectrum.Store({hn::NegMulAdd(x.im, im, hn::Mul(x.re, re)), hn::MulAdd(x.im, re, hn::Mul(x.re, im))},
                   row);
  }
  const Columns other = spectrum.re == rooms.data_re ? RoomOf(rooms) : DataOf(rooms);
  const Columns result = Swapped(Fft(plan, Swapped(spectrum), Swapped(other)));
  std::copy_n(result.re, filled * lanes, half_re);
  std::copy_n(result.im, filled * lanes, half_im);
  return hn::GetLane(hn::SumOfLanes(d, energy));
}

// Transforms columns back, and writes their first `filled` rows.
void ColumnsBack(const FftPlan& plan, const float* half_re, const float* half_im, int64_t filled,
                 int64_t column, const ColumnRooms& rooms, float* re, float* im) {
  const Lanes16 d;
  LoadTransposed(half_re, plan.rows, filled, column, rooms.data_re);
  LoadTransposed(half_im, plan.rows, filled, column, rooms.data_im);
  const Columns result = Swapped(Fft(plan, Swapped(DataOf(rooms)), Swapped(RoomOf(rooms))));
  for (int64_t row = 0; row < filled; ++row) {
    const Complex value = result.Load(row);
    hn::StoreU(value.re, d, re + row * filled + column);
    hn::StoreU(value.im, d, im + row * filled + column);
  }
}

}  // namespace hourglass::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hourglass {

HWY_EXPORT(LanesOfColumns);
HWY_EXPORT(ColumnsForward);
HWY_EXPORT(RowsForward);
HWY_EXPORT(RowsThroughKernels);
HWY_EXPORT(ColumnsBack);

namespace {

constexpr int64_t kMostLanes = 16;

// The smallest multiple of 2 · kMostLanes that is a product of twos and threes, with at most two of these,
// and not below `least`.
int64_t TransformSize(int64_t least) {
  int64_t best = 2 * kMostLanes;
  while (best < least) best *= 2;
  for (const int64_t odd : {3, 9}) {
    int64_t size = 2 * kMostLanes * odd;
    while (size < least) size *= 2;
    best = std::min(best, size);
  }
  return best;
}

// The transform of the numbers 1/6, 4/6, 1/6, which a cubic B-spline takes at the nodes; never 0.
std::vector<double> SplineSpectrum(int64_t size) {
  std::vector<double> spectrum(static_cast<size_t>(size));
  for (size_t i = 0; i < spectrum.size(); ++i) {
    spectrum[i] =
        (2 + std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size))) / 3;
  }
  return spectrum;
}

ColumnRooms RoomsIn(Tensor& columns, int64_t size) {
  columns.Resize({4, size * kMostLanes});
  float* room = columns.data<float>();
  const int64_t one = size * kMostLanes;
  return {room, room + one, room + 2 * one, room + 3 * one};
}

}  // namespace

void GridConvolution::Resize(int64_t nodes, double spacing) {
  const int64_t size = TransformSize(2 * nodes);
  if (size == size_ && spacing == spacing_) return;
  size_ = size;
  nodes_ = size / 2;
  spacing_ = spacing;
  plan_ = MakeFftPlan(size);
  scratch_.resize(static_cast<size_t>(team_->size()));
  PrepareKernels();
}

void GridConvolution::TransformColumns(const float* re, const float* im, int64_t filled) {
  const int64_t lanes = HWY_DYNAMIC_DISPATCH(LanesOfColumns)();
  half_re_.Resize({size_, filled});
  half_im_.Resize({size_, filled});
  team_->For(filled / lanes, 1, [&](int thread, int64_t begin, int64_t end) {
    const ColumnRooms rooms = RoomsIn(scratch_[static_cast<size_t>(thread)], size_);
    for (int64_t block = begin; block < end; ++block) {
      HWY_DYNAMIC_DISPATCH(ColumnsForward)
      (plan_, re, im, filled, block * lanes, rooms, half_re_.data<float>(), half_im_.data<float>());
    }
  });
}

// The complex kernel has the force along x as its real part and that along y as its imaginary part, as in the
// field.
void GridConvolution::PrepareKernels() {
  Tensor re({size_, size_}), im({size_, size_}), unused({size_, size_});
  for (Tensor* spectrum : {&force_re_, &force_im_, &energy_}) spectrum->Resize({size_, size_});
  Sample([](double x, double k) { return k * k * x; }, re, im);
  Transform(re, &im, force_re_, force_im_);
  Sample([](double, double k) { return k; }, re, im);
  Transform(re, nullptr, energy_, unused);  // of an even kernel: real
  DivideBySplines();
}

// Writes value(x, K) and value(y, K) for all distances (x, y) between nodes; negative ones are in the upper
// half.
template <class Value>
void GridConvolution::Sample(const Value& value, Tensor& of_x, Tensor& of_y) {
  const auto distance = [&](int64_t i) {
    return static_cast<double>(i <= nodes_ ? i : i - size_) * spacing_;
  };
  team_->For(size_, 1, [&](int, int64_t begin, int64_t end) {
    for (int64_t a = begin; a < end; ++a) {
      for (int64_t b = 0; b < size_; ++b) {
        const double x = distance(a), y = distance(b), k = 1 / (1 + x * x + y * y);
        of_x.data<float>()[a * size_ + b] = static_cast<float>(value(x, k));
        of_y.data<float>()[a * size_ + b] = static_cast<float>(value(y, k));
      }
    }
  });
}

// Transforms a whole grid. The spectra are [size / lanes, size, lanes]: frequencies along x in groups, along
// y one after the other.
void GridConvolution::Transform(const Tensor& re, const Tensor* im, Tensor& re_spectrum,
                                Tensor& im_spectrum) {
  const int64_t lanes = HWY_DYNAMIC_DISPATCH(LanesOfColumns)();
  TransformColumns(re.data<float>(), im != nullptr ? im->data<float>() : nullptr, size_);
  team_->For(size_ / lanes, 1, [&](int thread, int64_t begin, int64_t end) {
    const ColumnRooms rooms = RoomsIn(scratch_[static_cast<size_t>(thread)], size_);
    for (int64_t block = begin; block < end; ++block) {
      const int64_t at = block * lanes * size_;
      HWY_DYNAMIC_DISPATCH(RowsForward)
      (plan_, half_re_.data<float>() + at, half_im_.data<float>() + at, size_, rooms,
       re_spectrum.data<float>() + at, im_spectrum.data<float>() + at);
    }
  });
}

// Divides the kernels by what spreading and reading with splines multiply, and by the transforms' size².
void GridConvolution::DivideBySplines() {
  const int64_t lanes = HWY_DYNAMIC_DISPATCH(LanesOfColumns)();
  const std::vector<double> spline = SplineSpectrum(size_);
  const double points = static_cast<double>(size_) * static_cast<double>(size_);
  team_->For(size_, 1, [&](int, int64_t begin, int64_t end) {
    for (int64_t x = begin; x < end; ++x) {
      for (int64_t y = 0; y < size_; ++y) {
        const double splines = spline[static_cast<size_t>(x)] * spline[static_cast<size_t>(y)];
        const auto scale = static_cast<float>(1 / (splines * splines * points));
        const int64_t at = (x / lanes * size_ + y) * lanes + x % lanes;
        for (Tensor* spectrum : {&force_re_, &force_im_, &energy_}) spectrum->data<float>()[at] *= scale;
      }
    }
  });
}

double GridConvolution::Convolve(const float* density, float* field_x, float* field_y) {
  const int64_t lanes = HWY_DYNAMIC_DISPATCH(LanesOfColumns)(), groups = size_ / lanes;
  float* const half_re = half_re_.data<float>();
  float* const half_im = half_im_.data<float>();
  TransformColumns(density, nullptr, nodes_);
  energies_.resize(static_cast<size_t>(groups));
  team_->For(groups, 1, [&](int thread, int64_t begin, int64_t end) {
    const ColumnRooms rooms = RoomsIn(scratch_[static_cast<size_t>(thread)], size_);
    for (int64_t group = begin; group < end; ++group) {
      const int64_t at = group * lanes * size_, half = group * lanes * nodes_;
      const KernelBlock kernel = {force_re_.data<float>() + at, force_im_.data<float>() + at,
                                  energy_.data<float>() + at};
      energies_[static_cast<size_t>(group)] = HWY_DYNAMIC_DISPATCH(RowsThroughKernels)(
          plan_, nodes_, kernel, rooms, half_re + half, half_im + half);
    }
  });
  team_->For(nodes_ / lanes, 1, [&](int thread, int64_t begin, int64_t end) {
    const ColumnRooms rooms = RoomsIn(scratch_[static_cast<size_t>(thread)], size_);
    for (int64_t block = begin; block < end; ++block) {
      HWY_DYNAMIC_DISPATCH(ColumnsBack)
      (plan_, half_re, half_im, nodes_, block * lanes, rooms, field_x, field_y);
    }
  });
  return std::accumulate(energies_.begin(), energies_.end(), 0.0);
}

}  // namespace hourglass
#endif  // HWY_ONCE
