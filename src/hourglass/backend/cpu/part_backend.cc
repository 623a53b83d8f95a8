#include "hourglass/backend/cpu/part_backend.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "hourglass/backend/cpu/dense_products.h"
#include "hourglass/backend/cpu/product_workspace.h"
#include "hourglass/backend/cpu/slope.h"
#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/core/check.h"

namespace hourglass::cpu {
namespace {

void Clear(Tensor& x) {
  std::memset(x.raw(), 0, x.byte_size());
}

void AddShare(const Tensor& x, Tensor& to) {
  const auto add = [&]<class T>(std::span<const T> from) {
    std::ranges::transform(to.span<T>(), from, to.data<T>(), std::plus<T>());
  };
  if (x.dtype() == DType::kF64) return add(x.span<double>());
  add(x.span<float>());
}

template <class AnyProduct>
int64_t SizeOfResult(const AnyProduct& any) {
  return std::visit([](const auto& product) { return product.M * product.N; }, any);
}

// The row of the result [M, N] that has this element, rounded down to a tile.
template <class Product>
int64_t RowAt(const Product& product, int64_t element) {
  if (element >= product.M * product.N) return product.M;
  return std::max<int64_t>(element, 0) / product.N / kTileRows * kTileRows;
}

}  // namespace

void PartBackend::Begin(double share) {
  share_ = share;
  products_.clear();
  shares_used_ = 0;
}

Tensor& PartBackend::ShareOf(Tensor& whole, Accumulation accumulation) {
  for (size_t i = 0; i < shares_used_; ++i) {
    if (shares_[i].whole == &whole) return shares_[i].value;
  }
  if (shares_used_ == shares_.size()) shares_.emplace_back();
  Share& share = shares_[shares_used_++];
  share.whole = &whole;
  share.accumulation = accumulation;
  share.value.Resize(whole.shape(), whole.dtype());
  Clear(share.value);
  return share.value;
}

template <class Number>
void PartBackend::MultiplyByWeights(RowsProduct<Number> product) {
  product.packed = weights_.Find(product);
  Compute(product, pairs(), workspace_);
}

void PartBackend::DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                                 Tensor& y) {
  WithComputeType(x.dtype(),
                  [&]<class Number>() { MultiplyByWeights(ForwardProduct<Number>(x, w, b, activation, y)); });
}

void PartBackend::DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                                  Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  WithComputeType(x.dtype(), [&]<class Number>() {
    MultiplyBySlope(activation, y.data<Number>(), dy.data<Number>(), y.rows(), y.row_size(),
                    ShareOf(db, Accumulation::kWrite).data<float>());
    products_.emplace_back(WeightGradient<Number>(x, dy, dw));
    if (dx != nullptr) MultiplyByWeights(InputGradient<Number>(dy, w, *dx));
  });
}

void PartBackend::DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                 const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                                 Tensor& db, Tensor* dx) {
  CpuBackend::DoConvBackward(x, w, y, geometry, activation, dy, ShareOf(dw, Accumulation::kWrite),
                             ShareOf(db, Accumulation::kWrite), dx);
}

void PartBackend::DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                          const ConvGeometry& geometry, Activation activation, Tensor& dy,
                                          Tensor& dw, Tensor& db, Tensor* dx) {
  CpuBackend::DoConvTransposeBackward(x, w, y, geometry, activation, dy, ShareOf(dw, Accumulation::kWrite),
                                      ShareOf(db, Accumulation::kWrite), dx);
}

void PartBackend::DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
                         int64_t term) {
  CpuBackend::DoLoss(loss, y, target, ShareOf(sums, Accumulation::kAdd), term);
}

void PartBackend::DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target,
                                 Activation activation, double weight, Accumulation accumulation, Tensor& dz,
                                 Tensor& sums, int64_t term) {
  CpuBackend::DoLossGradient(loss, y, target, activation, weight * share_, accumulation, dz,
                             ShareOf(sums, Accumulation::kAdd), term);
}

void PartBackend::DoGaussianDivergence(double free_bits, const Tensor& moments, double weight,
                                       Tensor* dmoments, Tensor& sums, int64_t term) {
  CpuBackend::DoGaussianDivergence(free_bits, moments, weight * share_, dmoments,
                                   ShareOf(sums, Accumulation::kAdd), term);
}

void PartBackend::DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                             Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) {
  CpuBackend::DoSsimLoss(y, target, activation, weight * share_, accumulation, dz,
                         ShareOf(sums, Accumulation::kAdd), term);
}

void PartBackend::Reduce(std::span<const std::unique_ptr<PartBackend>> parts, int thread, int team) {
  const PartBackend& first = *parts.front();
  for (const auto& part : parts) {
    HOURGLASS_CHECK(part->products_.size() == first.products_.size());
    HOURGLASS_CHECK(part->shares_used_ == first.shares_used_);
  }
  parts[static_cast<size_t>(thread)]->MultiplyParts(parts, thread, team);
  for (size_t i = static_cast<size_t>(thread); i < first.shares_used_; i += static_cast<size_t>(team)) {
    Tensor& whole = *first.shares_[i].whole;
    if (first.shares_[i].accumulation == Accumulation::kWrite) Clear(whole);
    for (const auto& part : parts) AddShare(part->shares_[i].value, whole);
  }
}

// Each thread computes the gradients of as many parameters as every other thread: a piece of all parameters,
// which begins in the middle of a layer. An optimizer that divides them likewise finds them in its cache.
void PartBackend::MultiplyParts(std::span<const std::unique_ptr<PartBackend>> parts, int thread, int team) {
  int64_t all = 0, before = 0;
  for (const WeightProduct& product : products_) all += SizeOfResult(product);
  const int64_t begin = all * thread / team, end = all * (thread + 1) / team;
  for (size_t i = products_.size(); i-- > 0;) {  // in the order of the layers
    for (const auto& part : parts) {
      std::visit(
          [&](auto product) {
            product.accumulation = part == parts.front() ? Accumulation::kWrite : Accumulation::kAdd;
            MultiplyRowsOf(product, RowAt(product, begin - before), RowAt(product, end - before));
          },
          part->products_[i]);
    }
    before += SizeOfResult(products_[i]);
  }
}

// Rows [begin, end) of a weight gradient.
template <class Product>
void PartBackend::MultiplyRowsOf(const Product& product, int64_t begin, int64_t end) {
  if (begin == end) return;
  const int64_t rows = end - begin, most = ColumnsAtOnce(rows);
  for (int64_t column = 0; column < product.N; column += most) {
    const int64_t columns = std::min(most, product.N - column);
    Compute(Restricted(product, {begin, rows, column, columns}), pairs(), workspace_);
  }
}

}  // namespace hourglass::cpu
