// The rows of the table of operation cases for tensors in groups: convolutions, Add and GELU.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "hourglass/backend/reference.h"
#include "support/operation_case_tools.h"

namespace hourglass::test {
namespace {

RowLayout Known(const Backend& backend, RowLayout layout) {
  return backend.conv_layout() == layout ? layout : RowLayout::kRows;
}

struct ConvRow {
  reference::ConvSizes sizes;
  Activation activation;
  DType dtype;
  bool transposed;
  RowLayout input = RowLayout::kRows, output = RowLayout::kRows;  // if the backend knows them

  RowLayout InputFor(const Backend& backend) const { return Known(backend, input); }
  RowLayout OutputFor(const Backend& backend) const { return Known(backend, output); }
};

// Calls visit(number of a row, the same number of a group) for all numbers of two tensors on the host.
template <class T, class Visit>
void ForEachNumber(Tensor& rows, Tensor& groups, const Visit& visit) {
  const int64_t row_size = rows.row_size();
  for (int64_t i = 0; i < rows.size(); ++i) {
    const int64_t row = i / row_size, place = row / kGroupRows * row_size + i % row_size;
    visit(rows.data<T>()[i], static_cast<T*>(groups.raw())[place * kGroupRows + row % kGroupRows]);
  }
}

template <class Visit>
void ForEachNumber(Tensor& rows, Tensor& groups, const Visit& visit) {
  if (rows.dtype() == DType::kF32) return ForEachNumber<float>(rows, groups, visit);
  ForEachNumber<BFloat16>(rows, groups, visit);
}

// A tensor in groups with the numbers of `rows`; `filler` fills up the last group.
Tensor InGroups(const Tensor& rows, float filler) {
  Tensor copy = rows.Clone(), groups;
  groups.Resize(rows.shape(), {rows.dtype(), RowLayout::kGroups});
  const Tensor filled = Filled({rows.rows() + kGroupRows, rows.row_size()}, rows.dtype(), filler);
  std::memcpy(groups.raw(), filled.raw(), groups.byte_size());
  ForEachNumber(copy, groups, [](auto& number, auto& there) { there = number; });
  return groups;
}

// The numbers of a tensor in any layout as rows.
Tensor InRows(Tensor& any) {
  if (any.layout() == RowLayout::kRows) return any.Clone();
  Tensor rows(any.shape(), any.dtype());
  ForEachNumber(rows, any, [](auto& number, auto& there) { number = there; });
  return rows;
}

// Whether zeros fill up the last group.
bool EndsInZeros(Tensor& groups) {
  const Tensor rows = InRows(groups), wanted = InGroups(rows, 0);
  return std::memcmp(wanted.raw(), groups.raw(), groups.byte_size()) == 0;
}

// Converts rows to a layout, once; any finite number fills up the last group.
void Arrange(Tensor& tensor, RowLayout layout, float filler = 7) {
  if (tensor.layout() != layout) tensor = InGroups(tensor, filler);
}

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
    Arrange(x_, row_.InputFor(backend));
    (backend.*run)(x_, w_, b_, row_.sizes.geometry, row_.activation, {row_.dtype, row_.OutputFor(backend)},
                   y_);
  }
  double Error() override {
    std::vector<double> y(static_cast<size_t>(y_.size()));
    const auto run =
        row_.transposed ? reference::ConvTransposeForward<double> : reference::ConvForward<double>;
    run(row_.sizes, Widen(InRows(x_)).data(), Widen(w_).data(), Widen(b_).data(), row_.activation, y.data());
    return y_.shape() == OutputShape(row_) ? RelativeError(Widen(InRows(y_)), y) : kNaN;
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
    Fill(dw_, kNaN);
    Fill(db_, kNaN);
    Fill(dx_, kNaN);
  }
  void Run(Backend& backend) override {
    const auto run = row_.transposed ? &Backend::ConvTransposeBackward : &Backend::ConvBackward;
    Arrange(x_, row_.InputFor(backend));
    Arrange(y_, row_.OutputFor(backend));
    Arrange(dz_, row_.OutputFor(backend), 0);
    (backend.*run)(x_, w_, y_, row_.sizes.geometry, row_.activation, dz_, dw_, db_, &dx_);
  }
  double Error() override {
    std::vector<double> dy = Widen(dy_), dw(static_cast<size_t>(w_.size())),
                        db(static_cast<size_t>(row_.sizes.O)), dx(static_cast<size_t>(x_.size()));
    const auto run =
        row_.transposed ? reference::ConvTransposeBackward<double> : reference::ConvBackward<double>;
    run(row_.sizes, Widen(InRows(x_)).data(), Widen(w_).data(), Widen(InRows(y_)).data(), row_.activation,
        dy.data(), dw.data(), db.data(), dx.data());
    if (dx_.layout() == RowLayout::kGroups && !EndsInZeros(dx_)) return kNaN;
    return std::max({RelativeError(Widen(InRows(dz_)), dy), RelativeError(Widen(dw_), dw),
                     RelativeError(Widen(db_), db), RelativeError(Widen(InRows(dx_)), dx)});
  }

 private:
  ConvRow row_;
  Tensor x_, w_, y_, dy_, dz_, dw_, db_, dx_;
};

// Add of tensors in two layouts, if the backend knows them.
class AddCase : public OperationOn {
 public:
  AddCase(Device& device, Shape shape, DType dtype, RowLayout x, RowLayout y)
      : OperationOn(device),
        x_layout_(x),
        y_layout_(y),
        x_(Random(shape, dtype, 1)),
        y_(Random(shape, dtype, 2)) {}
  void Poison() override { sum_ = y_.Clone(); }
  void Run(Backend& backend) override {
    Arrange(x_, Known(backend, x_layout_), 0);
    Arrange(sum_, Known(backend, y_layout_), 0);
    backend.Add(x_, sum_);
  }
  double Error() override {
    if (sum_.layout() == RowLayout::kGroups && !EndsInZeros(sum_)) return kNaN;
    std::vector<double> y = Widen(y_);
    reference::Add(y_.size(), Widen(InRows(x_)).data(), y.data());
    return RelativeError(Widen(InRows(sum_)), y);
  }

 private:
  RowLayout x_layout_, y_layout_;
  Tensor x_, y_, sum_;
};

// Gelu, or GeluGradient, of numbers up to where the function is 0 or its argument.
class GeluCase : public OperationOn {
 public:
  GeluCase(Device& device, Shape shape, DType dtype, DType y_dtype, RowLayout layout, bool gradient)
      : OperationOn(device),
        layout_(layout),
        gradient_(gradient),
        x_(Random(shape, dtype, 1, -9, 9)),
        dy_(Random(shape, dtype, 2)),
        y_(Empty(shape, y_dtype)) {}
  void Poison() override { Fill(y_, kNaN); }
  void Run(Backend& backend) override {
    Arrange(x_, Known(backend, layout_));
    Arrange(dy_, Known(backend, layout_), 0);
    if (gradient_) return backend.GeluGradient(x_, dy_, y_);
    backend.Gelu(x_, y_.dtype(), y_);
  }
  double Error() override {
    if (y_.layout() != x_.layout() || y_.shape() != x_.shape()) return kNaN;
    if (gradient_ && y_.layout() == RowLayout::kGroups && !EndsInZeros(y_)) return kNaN;
    const std::vector<double> x = Widen(InRows(x_)), dy = Widen(InRows(dy_));
    std::vector<double> y(x.size());
    if (gradient_) reference::GeluGradient(x_.size(), x.data(), dy.data(), y.data());
    if (!gradient_) reference::Gelu(x_.size(), x.data(), y.data());
    return RelativeError(Widen(InRows(y_)), y);
  }

 private:
  RowLayout layout_;
  bool gradient_;
  Tensor x_, dy_, y_;
};

void AddGelu(std::vector<OperationCase>& cases) {
  for (const Shape& shape :
       {Shape{1, 1, 1, 1}, Shape{33, 2, 5, 7}, Shape{150, 1, 3, 3}, Shape{256, 32, 16, 16}}) {
    for (const RowLayout layout : {RowLayout::kRows, RowLayout::kGroups}) {
      const auto elements = double(shape.size());
      const bool timed = shape[0] == 256 && layout == RowLayout::kGroups;
      const auto add = [&](const char* operation, DType dtype, DType y_dtype, bool gradient) {
        const double bytes = double(ByteSize(dtype) * (gradient ? 2 : 1) + ByteSize(y_dtype)) * elements;
        const std::string types = TitleCase(Name(dtype)) + (dtype == y_dtype ? "" : "ToF32");
        cases.push_back({operation,
                         fmt::format("{}x{}x{}x{}{}{}", shape[0], shape[1], shape[2], shape[3], types,
                                     layout == RowLayout::kGroups ? "Groups" : ""),
                         y_dtype == DType::kF32 ? 1e-6 : 0x1p-8, 20 * elements, bytes, timed,
                         Preparing<GeluCase>(shape, dtype, y_dtype, layout, gradient)});
      };
      add("Gelu", DType::kBF16, DType::kF32, false);
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        add("Gelu", dtype, dtype, false);
        add("GeluGradient", dtype, dtype, true);
      }
    }
  }
}

void AddSums(std::vector<OperationCase>& cases) {
  const std::tuple<const char*, RowLayout, RowLayout> layouts[] = {
      {"", RowLayout::kRows, RowLayout::kRows},
      {"GroupsToGroups", RowLayout::kGroups, RowLayout::kGroups},
      {"GroupsToRows", RowLayout::kGroups, RowLayout::kRows},
      {"RowsToGroups", RowLayout::kRows, RowLayout::kGroups}};
  // Rows that do not fill the last group, odd sizes of rows; then activations of colour images, which are
  // timed.
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{16, 3, 2, 2}, Shape{33, 2, 5, 7}, Shape{150, 1, 3, 3},
                             Shape{256, 32, 16, 16}}) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      for (const auto& [suffix, x, y] : layouts) {
        const auto elements = double(shape.size());
        cases.push_back({"Add",
                         fmt::format("{}x{}x{}x{}{}{}", shape[0], shape[1], shape[2], shape[3],
                                     TitleCase(Name(dtype)), suffix),
                         dtype == DType::kF32 ? 1e-7 : 0x1p-8, elements,
                         3 * double(ByteSize(dtype)) * elements, shape[0] == 256,
                         Preparing<AddCase>(shape, dtype, x, y)});
      }
    }
  }
}

// Between two convolutions, training keeps groups; the images that it starts from and ends with are rows.
RowLayout LayoutInTraining(int64_t channels) {
  return channels <= 3 ? RowLayout::kRows : RowLayout::kGroups;
}

}  // namespace

void AddConvolutions(std::vector<OperationCase>& cases) {
  AddSums(cases);
  AddGelu(cases);
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
      {33, 3, 7, 6, 2, {2, 3, 0, {0, 0}}, false},
      {150, 2, 3, 3, 5, {2, 1, 0, {0, 0}}, false},
      {1, 1, 1, 1, 1, {1, 1, 0, {0, 0}}, true},
      {3, 2, 5, 7, 3, {3, 1, 1, {0, 0}}, true},
      {17, 3, 4, 5, 5, {3, 2, 1, {1, 1}}, true},
      {33, 2, 3, 4, 7, {5, 3, 2, {1, 1}}, true},
      {2, 3, 4, 3, 2, {2, 3, 0, {2, 2}}, true},
      {5, 9, 4, 4, 1, {1, 2, 0, {1, 1}}, true},
      {150, 5, 2, 2, 2, {2, 1, 0, {0, 0}}, true},
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
      {256, 32, 32, 32, 3, {3, 1, 1, {0, 0}}, true, true},
      {256, 3, 32, 32, 32, {4, 2, 1, {0, 0}}, false, true},
      {256, 32, 16, 16, 64, {4, 2, 1, {0, 0}}, false, true},
      {256, 64, 8, 8, 128, {4, 2, 1, {0, 0}}, false, true},
      {256, 128, 4, 4, 64, {4, 2, 1, {0, 0}}, true, true},
      {256, 64, 8, 8, 32, {4, 2, 1, {0, 0}}, true, true},
      {256, 32, 16, 16, 3, {4, 2, 1, {0, 0}}, true, true},
  };
  for (const Row& row : rows) {
    for (DType dtype : {DType::kF32, DType::kBF16}) {
      for (Activation activation : kActivations) {
        if (row.benchmark && activation != Activation::kRelu) continue;
        ConvRow conv = {{row.N, row.C, row.H, row.W, row.O, row.geometry}, activation, dtype, row.transposed};
        if (row.benchmark) {
          conv.input = LayoutInTraining(row.C);
          conv.output = LayoutInTraining(row.O);
        }
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
        if (row.benchmark || activation != Activation::kRelu) continue;
        for (const auto& [suffix, input, output] :
             {std::tuple("GroupsToGroups", RowLayout::kGroups, RowLayout::kGroups),
              std::tuple("GroupsToRows", RowLayout::kGroups, RowLayout::kRows),
              std::tuple("RowsToGroups", RowLayout::kRows, RowLayout::kGroups)}) {
          conv.input = input;
          conv.output = output;
          cases.push_back({name + "Forward", label + suffix, Tolerance(dtype), flops, bytes, false,
                           Preparing<ConvForwardCase>(conv)});
          cases.push_back({name + "Backward", label + suffix, 2 * Tolerance(dtype), 2 * flops, 3 * bytes,
                           false, Preparing<ConvBackwardCase>(conv)});
        }
      }
    }
  }
}

}  // namespace hourglass::test
