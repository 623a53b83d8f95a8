// The convolution rows of the table of operation cases.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "hourglass/backend/reference.h"
#include "support/operation_case_tools.h"

namespace hourglass::test {
namespace {

struct ConvRow {
  reference::ConvSizes sizes;
  Activation activation;
  DType dtype;
  bool transposed;
  bool own_layout = false;  // tensors in Backend::conv_layout()
};

// Copies numbers between rows one after the other and rows in groups, on the host.
template <class T>
void Regroup(int64_t row_size, std::span<T> rows, std::span<T> groups, bool to_groups) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<int64_t>(i) / row_size, element = static_cast<int64_t>(i) % row_size;
    const int64_t group = row / kGroupRows * row_size + element;
    T& there = groups[static_cast<size_t>(group * kGroupRows + row % kGroupRows)];
    (to_groups ? there : rows[i]) = to_groups ? rows[i] : there;
  }
}

template <class T>
void RegroupTensors(Tensor& rows, Tensor& groups, bool to_groups) {
  const std::span<T> numbers(static_cast<T*>(groups.raw()), groups.byte_size() / sizeof(T));
  Regroup(rows.row_size(), rows.span<T>(), numbers, to_groups);
}

// A tensor in groups with the numbers of `rows`; `filler` fills up the last group.
Tensor InGroups(const Tensor& rows, float filler) {
  Tensor filled = Filled({rows.rows() + kGroupRows, rows.row_size()}, rows.dtype(), filler),
         copy = rows.Clone(), groups;
  groups.Resize(rows.shape(), {rows.dtype(), RowLayout::kGroups});
  std::memcpy(groups.raw(), filled.raw(), groups.byte_size());
  rows.dtype() == DType::kF32 ? RegroupTensors<float>(copy, groups, true)
                              : RegroupTensors<BFloat16>(copy, groups, true);
  return groups;
}

// The numbers of a tensor in groups; NaN if what fills up the last group is not `filler`.
Tensor InRows(Tensor& groups, float filler) {
  Tensor rows(groups.shape(), groups.dtype());
  groups.dtype() == DType::kF32 ? RegroupTensors<float>(rows, groups, false)
                                : RegroupTensors<BFloat16>(rows, groups, false);
  const Tensor wanted = InGroups(rows, filler);
  if (!std::isnan(filler) && std::memcmp(wanted.raw(), groups.raw(), groups.byte_size()) != 0)
    Fill(rows, kNaN);
  return rows;
}

constexpr float kAnyFiller = 7;

Shape WeightShape(const ConvRow& row) {
  const int64_t K = row.sizes.geometry.kernel;
  return row.transposed ? Shape{row.sizes.C, row.sizes.O, K, K} : Shape{row.sizes.O, row.sizes.C, K, K};
}

Shape InputShape(const ConvRow& row) {
  return {row.sizes.N, row.sizes.C, row.sizes.H, row.sizes.W};
}

Shape OutputShape(const ConvRow& row) {
  const auto size = row.transposed ? ConvTransposeOutputSize : ConvOutputSize;
  const auto [height, width] = size(row.sizes.geometry, {row.sizes.H, row.sizes.W});
  return {row.sizes.N, row.sizes.O, height, width};
}

// ConvForward and ConvTransposeForward.
class ConvForwardCase : public OperationOn {
 public:
  ConvForwardCase(Device& device, ConvRow row)
      : OperationOn(device),
        row_(row),
        x_(Random(InputShape(row), row.dtype, 1)),
        w_(Random(WeightShape(row), DType::kF32, 2, -.5, .5)),
        b_(Random({row.sizes.O}, DType::kF32, 3)),
        y_(Empty(OutputShape(row), row.dtype)) {}
  void Poison() override { Fill(y_, kNaN); }
  void Run(Backend& backend) override {
    const auto run = row_.transposed ? &Backend::ConvTransposeForward : &Backend::ConvForward;
    if (!row_.own_layout || backend.conv_layout() == RowLayout::kRows) {
      return (backend.*run)(x_, w_, b_, row_.sizes.geometry, row_.activation, row_.dtype, y_);
    }
    Tensor y;
    (backend.*run)(InGroups(x_, kAnyFiller), w_, b_, row_.sizes.geometry, row_.activation,
                   {row_.dtype, RowLayout::kGroups}, y);
    y_ = InRows(y, kNaN);
  }
  double Error() override {
    std::vector<double> y(static_cast<size_t>(y_.size()));
    const auto run =
        row_.transposed ? reference::ConvTransposeForward<double> : reference::ConvForward<double>;
    run(row_.sizes, Widen(x_).data(), Widen(w_).data(), Widen(b_).data(), row_.activation, y.data());
    return y_.shape() == OutputShape(row_) ? RelativeError(Widen(y_), y) : kNaN;
  }

 private:
  ConvRow row_;
  Tensor x_, w_, b_, y_;
};

// ConvBackward and ConvTransposeBackward.
class ConvBackwardCase : public OperationOn {
 public:
  ConvBackwardCase(Device& device, ConvRow row)
      : OperationOn(device),
        row_(row),
        x_(Random(InputShape(row), row.dtype, 1)),
        w_(Random(WeightShape(row), DType::kF32, 2, -.5, .5)),
        y_(Random(OutputShape(row), row.dtype, 4, -.9, .9)),
        dy_(Random(OutputShape(row), row.dtype, 5)),
        dz_(dy_.Clone()),
        dw_(Empty(WeightShape(row))),
        db_(Empty({row.sizes.O})),
        dx_(Empty(InputShape(row), row.dtype)) {}
  void Poison() override {
    dz_ = dy_.Clone();
    Fill(dw_, kAdded);
    Fill(db_, kAdded);
    Fill(dx_, kNaN);
  }
  void Run(Backend& backend) override {
    const auto run = row_.transposed ? &Backend::ConvTransposeBackward : &Backend::ConvBackward;
    if (!row_.own_layout || backend.conv_layout() == RowLayout::kRows) {
      return (backend.*run)(x_, w_, y_, row_.sizes.geometry, row_.activation, dz_, dw_, db_, &dx_);
    }
    Tensor dz = InGroups(dz_, 0), dx;
    (backend.*run)(InGroups(x_, kAnyFiller), w_, InGroups(y_, kAnyFiller), row_.sizes.geometry,
                   row_.activation, dz, dw_, db_, &dx);
    dz_ = InRows(dz, kNaN);
    dx_ = InRows(dx, 0);
  }
  double Error() override {
    std::vector<double> dy = Widen(dy_), dw(static_cast<size_t>(w_.size())),
                        db(static_cast<size_t>(row_.sizes.O)), dx(static_cast<size_t>(x_.size()));
    const auto run =
        row_.transposed ? reference::ConvTransposeBackward<double> : reference::ConvBackward<double>;
    run(row_.sizes, Widen(x_).data(), Widen(w_).data(), Widen(y_).data(), row_.activation, dy.data(),
        dw.data(), db.data(), dx.data());
    return std::max({RelativeError(Widen(dz_), dy), RelativeError(Widen(dw_), Plus9(dw)),
                     RelativeError(Widen(db_), Plus9(db)), RelativeError(Widen(dx_), dx)});
  }

 private:
  ConvRow row_;
  Tensor x_, w_, y_, dy_, dz_, dw_, db_, dx_;
};

}  // namespace

void AddConvolutions(std::vector<OperationCase>& cases) {
  struct Row {
    int64_t N, C, H, W, O;
    ConvGeometry geometry;
    bool transposed;
    bool benchmark = false;
  };
  // Odd sizes, every stride and padding, kernels that leave inputs unread or outputs unreached, batches that
  // do not fill the vectors; then the layers of the convolutional autoencoder, which are timed.
  const Row rows[] = {
      {1, 1, 1, 1, 1, {1, 1, 0, {0, 0}}, false},
      {3, 2, 5, 7, 3, {3, 1, 1, {0, 0}}, false},
      {17, 3, 6, 5, 5, {3, 2, 1, {0, 0}}, false},
      {33, 2, 9, 8, 7, {5, 3, 2, {0, 0}}, false},
      {2, 3, 7, 6, 2, {2, 3, 0, {0, 0}}, false},
      {5, 1, 4, 4, 9, {1, 2, 1, {0, 0}}, false},
      {1, 1, 1, 1, 1, {1, 1, 0, {0, 0}}, true},
      {3, 2, 5, 7, 3, {3, 1, 1, {0, 0}}, true},
      {17, 3, 4, 5, 5, {3, 2, 1, {1, 1}}, true},
      {33, 2, 3, 4, 7, {5, 3, 2, {1, 1}}, true},
      {2, 3, 4, 3, 2, {2, 3, 0, {2, 2}}, true},
      {5, 9, 4, 4, 1, {1, 2, 0, {1, 1}}, true},
      {17, 3, 4, 5, 5, {3, 2, 1, {0, 1}}, true},
      {3, 2, 3, 4, 6, {4, 3, 1, {2, 1}}, true},
      {256, 1, 28, 28, 8, {3, 2, 1, {0, 0}}, false, true},
      {256, 8, 14, 14, 16, {3, 2, 1, {0, 0}}, false, true},
      {256, 16, 7, 7, 32, {3, 2, 0, {0, 0}}, false, true},
      {256, 32, 3, 3, 16, {3, 2, 0, {0, 0}}, true, true},
      {256, 16, 7, 7, 8, {3, 2, 1, {1, 1}}, true, true},
      {256, 8, 14, 14, 1, {3, 2, 1, {1, 1}}, true, true},
      // Colour images.
      {256, 3, 32, 32, 32, {3, 1, 1, {0, 0}}, false, true},
      {256, 32, 32, 32, 64, {3, 2, 1, {0, 0}}, false, true},
      {256, 64, 16, 16, 128, {3, 2, 1, {0, 0}}, false, true},
      {256, 128, 8, 8, 64, {3, 2, 1, {1, 1}}, true, true},
      {256, 64, 16, 16, 32, {3, 2, 1, {1, 1}}, true, true},
  };
  const Activation activations[] = {Activation::kRelu, Activation::kNone, Activation::kSigmoid,
                                    Activation::kTanh};
  for (const Row& row : rows) {
    for (DType dtype : {DType::kF32, DType::kBF16}) {
      for (Activation activation : activations) {
        if (row.benchmark && activation != Activation::kRelu) continue;
        ConvRow conv = {{row.N, row.C, row.H, row.W, row.O, row.geometry}, activation, dtype, row.transposed};
        const ConvGeometry& g = row.geometry;
        const std::string label =
            fmt::format("{}x{}x{}x{}to{}k{}s{}p{}o{}{}{}{}", row.N, row.C, row.H, row.W, row.O, g.kernel,
                        g.stride, g.padding, g.output_padding.height, g.output_padding.width,
                        TitleCase(Name(activation)), TitleCase(Name(dtype)));
        const Shape small = row.transposed ? InputShape(conv) : OutputShape(conv);
        const int64_t big_channels = row.transposed ? row.O : row.C;
        const double flops = 2.0 * double(small.size() * big_channels * g.kernel * g.kernel);
        const double bytes =
            double(ByteSize(dtype)) * double(InputShape(conv).size() + OutputShape(conv).size());
        const std::string name = row.transposed ? "ConvTranspose" : "Conv";
        cases.push_back({name + "Forward", label, Tolerance(dtype), flops, bytes, row.benchmark,
                         Preparing<ConvForwardCase>(conv)});
        // In bf16, the slope is rounded before the products, and their sums are long: two roundings.
        cases.push_back({name + "Backward", label, 2 * Tolerance(dtype), 2 * flops, 3 * bytes, row.benchmark,
                         Preparing<ConvBackwardCase>(conv)});
        if (row.benchmark) continue;
        conv.own_layout = true;
        cases.push_back({name + "Forward", label + "OwnLayout", Tolerance(dtype), flops, bytes, false,
                         Preparing<ConvForwardCase>(conv)});
        cases.push_back({name + "Backward", label + "OwnLayout", 2 * Tolerance(dtype), 2 * flops, 3 * bytes,
                         false, Preparing<ConvBackwardCase>(conv)});
      }
    }
  }
}

}  // namespace hourglass::test
