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

double Backend::Loss(LossKind loss, const Tensor& y, const Tensor& target) {
  CheckSameElements(y, target);
  HOURGLASS_CHECK(IsComputeType(y.dtype()) && y.size() > 0);
  return DoLoss(loss, y, target, nullptr);
}

double Backend::LossGradient(LossKind loss, const Tensor& y, const Tensor& target, Tensor& dy) {
  CheckSameElements(y, target);
  HOURGLASS_CHECK(IsComputeType(y.dtype()) && y.size() > 0);
  dy.Resize(y.shape(), y.dtype());
  return DoLoss(loss, y, target, &dy);
}

void Backend::AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                       Tensor& params, Tensor& m, Tensor& v) {
  HOURGLASS_CHECK(params.dtype() == DType::kF32 && step >= 1);
  CheckSameElements(params, grads);
  CheckSameElements(params, m);
  CheckSameElements(params, v);
  DoAdamStep(settings, learning_rate, step, grads, params, m, v);
}

void Backend::GatherPixels(const Tensor& images, std::span<const int64_t> ids, DType dtype, Tensor& x) {
  HOURGLASS_CHECK(images.dtype() == DType::kU8 && IsComputeType(dtype));
  for (int64_t id : ids) HOURGLASS_CHECK(id >= 0 && id < images.rows());
  x.Resize(images.shape().WithRows(static_cast<int64_t>(ids.size())), dtype);
  DoGatherPixels(images, ids, x);
}

void Backend::AddGaussianNoise(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, float sigma,
                               Tensor& x) {
  HOURGLASS_CHECK(IsComputeType(x.dtype()) && x.rows() == static_cast<int64_t>(ids.size()));
  DoAddGaussianNoise(rng, epoch, ids, sigma, x);
}

void Backend::Gram(const Tensor& x, Tensor& g) {
  const int64_t P = x.row_size();
  HOURGLASS_CHECK(x.dtype() == DType::kF32 && g.dtype() == DType::kF32 && g.shape() == Shape({P, P}));
  DoGram(x, g);
}

}  // namespace hourglass
