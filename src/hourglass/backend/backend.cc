#include "hourglass/backend/backend.h"

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

bool IsComputeType(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kBF16;
}

// w [O, I] and b [O] in f32, and I is the row size of x.
void CheckDense(const Tensor& x, const Tensor& w, const Tensor& b) {
  HOURGLASS_CHECK(IsComputeType(x.dtype()));
  HOURGLASS_CHECK(w.dtype() == DType::kF32 && b.dtype() == DType::kF32);
  HOURGLASS_CHECK(w.shape().rank() == 2 && b.shape().rank() == 1);
  HOURGLASS_CHECK(x.row_size() == w.shape()[1] && b.size() == w.shape()[0]);
  HOURGLASS_CHECK(x.rows() > 0);
}

PlaneSize SizeOf(const Tensor& images) {
  return {images.shape()[2], images.shape()[3]};
}

// x [N, C, H, W] for an output of `output_size`, w of `weights` in f32, b [O].
void CheckConv(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
               const Shape& weights, PlaneSize (*output_size)(const ConvGeometry&, const PlaneSize&)) {
  HOURGLASS_CHECK(IsComputeType(x.dtype()) && x.shape().rank() == 4 && x.rows() > 0);
  HOURGLASS_CHECK(w.dtype() == DType::kF32 && b.dtype() == DType::kF32 && b.shape().rank() == 1);
  HOURGLASS_CHECK(w.shape() == weights);
  HOURGLASS_CHECK(geometry.kernel > 0 && geometry.stride > 0 && geometry.padding >= 0);
  for (const int64_t rest : {geometry.output_padding.height, geometry.output_padding.width}) {
    HOURGLASS_CHECK(rest >= 0 && rest < geometry.stride);
  }
  const PlaneSize output = output_size(geometry, SizeOf(x));
  HOURGLASS_CHECK(output.height > 0 && output.width > 0);
}

void CheckSameElements(const Tensor& a, const Tensor& b) {
  HOURGLASS_CHECK(a.size() == b.size() && a.dtype() == b.dtype());
}

}  // namespace

std::string_view Name(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kSigmoid:
      return "sigmoid";
    case Activation::kTanh:
      return "tanh";
  }
  HOURGLASS_CHECK(false);
  return "";
}

std::string_view Name(LossKind loss) {
  return loss == LossKind::kMse ? "mse" : "l1";
}

std::string LossUnit(LossKind loss) {
  return loss == LossKind::kL1 ? "L1 per pixel" : "MSE per pixel";
}

void Backend::DenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                           DType y_dtype, Tensor& y) {
  CheckDense(x, w, b);
  HOURGLASS_CHECK(y_dtype == x.dtype() || y_dtype == DType::kF32);
  y.Resize({x.rows(), w.shape()[0]}, y_dtype);
  DoDenseForward(x, w, b, activation, y);
}

void Backend::DenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                            Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  CheckDense(x, w, db);
  CheckSameElements(y, dy);
  CheckSameElements(w, dw);
  HOURGLASS_CHECK(y.dtype() == x.dtype() && y.rows() == x.rows() && y.row_size() == w.shape()[0]);
  if (dx != nullptr) dx->Resize(x.shape(), x.dtype());
  DoDenseBackward(x, w, y, activation, dy, dw, db, dx);
}

PlaneSize ConvOutputSize(const ConvGeometry& g, const PlaneSize& size) {
  const auto along = [&](int64_t axis) {
    const int64_t room = axis + 2 * g.padding - g.kernel;
    return room < 0 ? 0 : room / g.stride + 1;
  };
  return {along(size.height), along(size.width)};
}

PlaneSize ConvTransposeOutputSize(const ConvGeometry& g, const PlaneSize& size) {
  const auto along = [&](int64_t axis, int64_t output_padding) {
    return (axis - 1) * g.stride - 2 * g.padding + g.kernel + output_padding;
  };
  return {along(size.height, g.output_padding.height), along(size.width, g.output_padding.width)};
}

void Backend::ConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                          Activation activation, DType y_dtype, Tensor& y) {
  CheckConv(x, w, b, geometry, {b.size(), x.shape()[1], geometry.kernel, geometry.kernel}, ConvOutputSize);
  HOURGLASS_CHECK(y_dtype == x.dtype() || y_dtype == DType::kF32);
  const PlaneSize size = ConvOutputSize(geometry, SizeOf(x));
  y.Resize({x.rows(), b.size(), size.height, size.width}, y_dtype);
  DoConvForward(x, w, b, geometry, activation, y);
}

void Backend::ConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                           Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  CheckConv(x, w, db, geometry, {db.size(), x.shape()[1], geometry.kernel, geometry.kernel}, ConvOutputSize);
  CheckSameElements(y, dy);
  CheckSameElements(w, dw);
  HOURGLASS_CHECK(y.dtype() == x.dtype() && y.rows() == x.rows());
  if (dx != nullptr) dx->Resize(x.shape(), x.dtype());
  DoConvBackward(x, w, y, geometry, activation, dy, dw, db, dx);
}

void Backend::ConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b,
                                   const ConvGeometry& geometry, Activation activation, DType y_dtype,
                                   Tensor& y) {
  CheckConv(x, w, b, geometry, {x.shape()[1], b.size(), geometry.kernel, geometry.kernel},
            ConvTransposeOutputSize);
  HOURGLASS_CHECK(y_dtype == x.dtype() || y_dtype == DType::kF32);
  const PlaneSize size = ConvTransposeOutputSize(geometry, SizeOf(x));
  y.Resize({x.rows(), b.size(), size.height, size.width}, y_dtype);
  DoConvTransposeForward(x, w, b, geometry, activation, y);
}

void Backend::ConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                    const ConvGeometry& geometry, Activation activation, Tensor& dy,
                                    Tensor& dw, Tensor& db, Tensor* dx) {
  CheckConv(x, w, db, geometry, {x.shape()[1], db.size(), geometry.kernel, geometry.kernel},
            ConvTransposeOutputSize);
  CheckSameElements(y, dy);
  CheckSameElements(w, dw);
  HOURGLASS_CHECK(y.dtype() == x.dtype() && y.rows() == x.rows());
  if (dx != nullptr) dx->Resize(x.shape(), x.dtype());
  DoConvTransposeBackward(x, w, y, geometry, activation, dy, dw, db, dx);
}

void Backend::Dropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                      float probability, const Tensor& x, Tensor& y) {
  HOURGLASS_CHECK(IsComputeType(x.dtype()) && x.rows() == static_cast<int64_t>(ids.size()));
  HOURGLASS_CHECK(probability >= 0 && probability < 1 && first_element % 4 == 0);
  y.Resize(x.shape(), x.dtype());
  DoDropout(rng, epoch, ids, first_element, probability, x, y);
}

double Backend::Loss(LossKind loss, const Tensor& y, const Tensor& target) {
  CheckSameElements(y, target);
  HOURGLASS_CHECK(IsComputeType(y.dtype()) && y.size() > 0);
  return DoLoss(loss, y, target, Activation::kNone, nullptr);
}

double Backend::LossGradient(LossKind loss, const Tensor& y, const Tensor& target, Activation activation,
                             Tensor& dz) {
  CheckSameElements(y, target);
  HOURGLASS_CHECK(IsComputeType(y.dtype()) && y.size() > 0);
  dz.Resize(y.shape(), y.dtype());
  return DoLoss(loss, y, target, activation, &dz);
}

void Backend::Zero(Tensor& x) {
  HOURGLASS_CHECK(x.dtype() == DType::kF32);
  DoZero(x);
}

void Backend::AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                       Tensor& params, Tensor& m, Tensor& v) {
  HOURGLASS_CHECK(params.dtype() == DType::kF32 && step >= 1);
  CheckSameElements(params, grads);
  CheckSameElements(params, m);
  CheckSameElements(params, v);
  DoAdamStep(settings, learning_rate, step, grads, params, m, v);
}

void Backend::AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step,
                         const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) {
  HOURGLASS_CHECK(params.dtype() == DType::kF32 && step >= 1 && settings.decay == DecayKind::kL2);
  CheckSameElements(params, grads);
  CheckSameElements(params, m);
  CheckSameElements(params, u);
  DoAdamaxStep(settings, learning_rate, step, grads, params, m, u);
}

void Backend::SgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                      Tensor& velocity) {
  HOURGLASS_CHECK(params.dtype() == DType::kF32);
  CheckSameElements(params, grads);
  CheckSameElements(params, velocity);
  DoSgdStep(settings, learning_rate, grads, params, velocity);
}

void Backend::GatherPixels(const Tensor& images, std::span<const int64_t> ids, DType dtype, Tensor& x) {
  HOURGLASS_CHECK(images.dtype() == DType::kU8 && IsComputeType(dtype));
  for (int64_t id : ids) HOURGLASS_CHECK(id >= 0 && id < images.rows());
  x.Resize(images.shape().WithRows(static_cast<int64_t>(ids.size())), dtype);
  DoGatherPixels(images, ids, x);
}

void Backend::Corrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch,
                      std::span<const int64_t> ids, Tensor& x) {
  HOURGLASS_CHECK(IsComputeType(x.dtype()) && x.shape().rank() == 4);
  HOURGLASS_CHECK(x.rows() == static_cast<int64_t>(ids.size()));
  if (!corruption.none()) DoCorrupt(corruption, rng, epoch, ids, x);
}

void Backend::Gram(const Tensor& x, Tensor& g) {
  const int64_t P = x.row_size();
  HOURGLASS_CHECK(x.dtype() == DType::kF32 && g.dtype() == DType::kF32 && g.shape() == Shape({P, P}));
  DoGram(x, g);
}

}  // namespace hourglass
