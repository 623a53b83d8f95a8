#include "hourglass/backend/backend.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

thread_local const Backend* current = nullptr;  // the backend whose scope this thread is in

bool IsComputeType(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kBF16;
}

// For operations that know nothing of groups.
bool IsRowsOfComputeType(const Tensor& x) {
  return IsComputeType(x.dtype()) && x.layout() == RowLayout::kRows;
}

[[noreturn]] void Refuse(std::string_view operation, std::string expected, std::string got) {
  throw UsageError({.what = fmt::format("{}: invalid arguments", operation),
                    .expected = std::move(expected),
                    .got = std::move(got)});
}

// w [O, I] and b [O] are f32; I is the row size of x.
void CheckDense(std::string_view operation, const Tensor& x, const Tensor& w, const Tensor& b) {
  const bool fits = IsRowsOfComputeType(x) && w.dtype() == DType::kF32 && b.dtype() == DType::kF32 &&
                    w.shape().rank() == 2 && b.shape().rank() == 1 && x.shape().rank() >= 1 && x.rows() > 0 &&
                    x.row_size() == w.shape()[1] && b.size() == w.shape()[0];
  if (!fits) {
    Refuse(operation, "x [N, I] of f32 or bf16, w f32 [O, I], b f32 [O]",
           fmt::format("x {}, w {}, b {}", Describe(x), Describe(w), Describe(b)));
  }
}

PlaneSize SizeOf(const Tensor& images) {
  return {images.shape()[2], images.shape()[3]};
}

// x [N, C, H, W] for an output of `output_size`, w f32 of shape `weights`, b [O].
void CheckConv(std::string_view operation, const Tensor& x, const Tensor& w, const Tensor& b,
               const ConvGeometry& geometry, bool transposed,
               PlaneSize (*output_size)(const ConvGeometry&, const PlaneSize&)) {
  const int64_t K = geometry.kernel;
  const auto rest = [&](int64_t padding) { return padding >= 0 && padding < geometry.stride; };
  const bool possible = K > 0 && geometry.stride > 0 && geometry.padding >= 0 &&
                        rest(geometry.output_padding.height) && rest(geometry.output_padding.width);
  const bool images = IsComputeType(x.dtype()) && x.shape().rank() == 4 && x.rows() > 0;
  const bool parameters = w.dtype() == DType::kF32 && b.dtype() == DType::kF32 && b.shape().rank() == 1 &&
                          w.layout() == RowLayout::kRows && b.layout() == RowLayout::kRows;
  const auto weights = [&] {
    const int64_t C = x.shape()[1], O = b.size();
    return transposed ? Shape{C, O, K, K} : Shape{O, C, K, K};
  };
  const auto output = [&] { return output_size(geometry, SizeOf(x)); };
  if (possible && images && parameters && w.shape() == weights() && output().height > 0 && output().width > 0)
    return;
  Refuse(operation,
         fmt::format("x [N, C, H, W] of f32 or bf16, w f32 [{}, {}, {}], b f32 [O], and a non-empty output",
                     transposed ? "C, O" : "O, C", K, K),
         fmt::format("x {}, w {}, b {}, stride {}, padding {}", Describe(x), Describe(w), Describe(b),
                     geometry.stride, geometry.padding));
}

void CheckOutputType(std::string_view operation, const Tensor& x, DType y_dtype) {
  if (y_dtype == x.dtype() || y_dtype == DType::kF32) return;
  Refuse(operation, fmt::format("an output of f32 or {}", Name(x.dtype())), std::string(Name(y_dtype)));
}

// x and y may be in groups, if the backend knows them.
void CheckLayouts(std::string_view operation, const Backend& backend, const Tensor& x, const Format& y) {
  const auto known = [&](RowLayout layout) {
    return layout == RowLayout::kRows || layout == backend.conv_layout();
  };
  if (&x.device() != &backend.device())
    Refuse(operation, fmt::format("tensors on {}", backend.device().name()), x.device().name());
  if (!known(x.layout()) || !known(y.layout)) Refuse(operation, "rows one after the other", "rows in groups");
}

void CheckSameElements(std::string_view operation, const Tensor& a, const Tensor& b) {
  if (a.size() == b.size() && a.dtype() == b.dtype() && a.layout() == b.layout()) return;
  Refuse(operation, Describe(a), Describe(b));
}

// For backward passes: y must match x in row count and type, dy must match y, and dw must match w.
void CheckGradients(std::string_view operation, const Tensor& x, const Tensor& y, const Tensor& dy,
                    const Tensor& w, const Tensor& dw) {
  CheckSameElements(operation, y, dy);
  CheckSameElements(operation, w, dw);
  if (y.dtype() == x.dtype() && y.rows() == x.rows()) return;
  Refuse(operation, fmt::format("y of {} with {} rows, like x", Name(x.dtype()), x.rows()), Describe(y));
}

void CheckF32(std::string_view operation, const Tensor& x) {
  if (x.dtype() != DType::kF32 || x.layout() != RowLayout::kRows) Refuse(operation, "f32", Describe(x));
}

void CheckStep(std::string_view operation, int64_t step, const Tensor& grads, const Tensor& params,
               std::initializer_list<const Tensor*> state) {
  CheckF32(operation, params);
  CheckSameElements(operation, params, grads);
  for (const Tensor* tensor : state) CheckSameElements(operation, params, *tensor);
  if (step < 1) Refuse(operation, "a step of at least 1", fmt::format("{}", step));
}

void CheckSums(std::string_view operation, const Tensor& sums, int64_t term) {
  if (sums.dtype() == DType::kF64 && term >= 0 && term < sums.size()) return;
  Refuse(operation, fmt::format("f64 sums that include term {}", term), Describe(sums));
}

void CheckMoments(std::string_view operation, const Tensor& moments) {
  CheckF32(operation, moments);
  if (moments.shape().rank() == 2 && moments.size() > 0 && moments.row_size() % 2 == 0) return;
  Refuse(operation, "means and as many variances in each row", Describe(moments));
}

void CheckLoss(std::string_view operation, const LossSettings& loss, const Tensor& y, const Tensor& target,
               const Tensor& sums, int64_t term) {
  CheckSameElements(operation, y, target);
  if (!IsRowsOfComputeType(y) || y.size() == 0) Refuse(operation, "outputs of f32 or bf16", Describe(y));
  const auto weights = std::ssize(loss.channel_weights);
  if (weights > 0 && (target.shape().rank() != 4 || target.shape()[1] != weights))
    Refuse(operation, fmt::format("images of {} channels, as many as there are weights", weights),
           Describe(target));
  CheckSums(operation, sums, term);
}

// target [N, C, H, W] and y of as many elements; dz like y if it is added to.
void CheckSsimLoss(const Tensor& y, const Tensor& target, Accumulation accumulation, const Tensor* dz) {
  constexpr std::string_view kOperation = "SsimLoss";
  CheckSameElements(kOperation, target, y);
  if (!IsRowsOfComputeType(target) || target.shape().rank() != 4 || target.size() == 0 ||
      y.rows() != target.rows())
    Refuse(kOperation, "images [N, C, H, W] of f32 or bf16", Describe(target));
  if (dz != nullptr && accumulation == Accumulation::kAdd) CheckSameElements(kOperation, y, *dz);
}

// z [N, d], one partner per row, dz like z unless null.
void CheckNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                        std::span<const int32_t> partners, const Tensor* dz) {
  constexpr std::string_view kOperation = "NeighbourLoss";
  const auto good = [](double number) { return number > 0 && std::isfinite(number); };
  if (!good(settings.rho) || !good(settings.s) || !good(settings.scale)) {
    Refuse(kOperation, "rho, s and scale above 0",
           fmt::format("{}, {}, {}", settings.rho, settings.s, settings.scale));
  }
  if (!(settings.temperature >= kLeastTemperature && std::isfinite(settings.temperature)))
    Refuse(kOperation, fmt::format("a temperature from {}", kLeastTemperature),
           fmt::format("{}", settings.temperature));
  const auto rows = std::ssize(partners);
  if (!IsRowsOfComputeType(z) || z.shape().rank() != 2 || z.size() == 0 || z.rows() != rows)
    Refuse(kOperation, fmt::format("codes [N, d] of f32 or bf16, one row per partner ({})", rows),
           Describe(z));
  for (int64_t row = 0; row < rows; ++row) {
    const int32_t partner = partners[static_cast<size_t>(row)];
    if (partner >= -1 && partner < rows && partner != row) continue;
    Refuse(kOperation, fmt::format("as the partner of row {}: another row below {}, or -1", row, rows),
           fmt::format("{}", partner));
  }
  if (dz != nullptr) CheckSameElements(kOperation, z, *dz);
}

// x [N, …] and z [N, d], dz like z unless null; shifts from 1 to N - 1, or 1 if N = 1.
void CheckCorrelationLoss(std::span<const int64_t> shifts, const Tensor& x, const Tensor& z,
                          const Tensor* dz) {
  constexpr std::string_view kOperation = "CorrelationLoss";
  const bool rows = IsRowsOfComputeType(x) && IsRowsOfComputeType(z) && x.size() > 0 && z.size() > 0;
  if (!rows || z.shape().rank() != 2 || x.rows() != z.rows()) {
    Refuse(kOperation, "images [N, …] and codes [N, d], of f32 or bf16",
           fmt::format("{} and {}", Describe(x), Describe(z)));
  }
  const int64_t most = std::max<int64_t>(z.rows() - 1, 1);
  const bool fit = std::ranges::all_of(shifts, [most](int64_t shift) { return shift >= 1 && shift <= most; });
  if (shifts.empty() || !fit)
    Refuse(kOperation, fmt::format("shifts of 1 to {}", most), fmt::format("{}", fmt::join(shifts, ", ")));
  if (dz != nullptr) CheckSameElements(kOperation, z, *dz);
}

// Checks `ids` and `epoch` here, because kernels that draw random numbers with them cannot throw.
void CheckIds(std::string_view operation, const Tensor& x, uint32_t epoch, std::span<const int64_t> ids) {
  RequireBetween("epoch", epoch, 0, Rng::kLastEpoch);
  for (const int64_t id : ids) RequireBetween("id", id, 0, Rng::kLastSample);
  if (IsRowsOfComputeType(x) && x.rows() == static_cast<int64_t>(ids.size())) return;
  Refuse(operation, fmt::format("{} rows of f32 or bf16, one per id", ids.size()), Describe(x));
}

}  // namespace

Backend::Scope::Scope(const Backend& backend) : outer_(current) {
  if (current == &backend) return;
  settings_ = backend.DoEnter();
  current = &backend;
}

Backend::Scope::~Scope() {
  if (settings_ != nullptr) current = outer_;
}

std::string_view Name(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kLeakyRelu:
      return "leaky_relu";
    case Activation::kSigmoid:
      return "sigmoid";
    case Activation::kTanh:
      return "tanh";
  }
  HOURGLASS_CHECK(false);
  return "";
}

void Backend::InParts(const Split& split, const std::function<void(const Part&)>& work) {
  const Scope scope(*this);
  RequireAtLeast("number of rows to split", split.rows, 1);
  for (const SharedWeight& weight : split.weights) {
    if (weight.w->dtype() != DType::kF32 || weight.w->shape().rank() != 2)
      Refuse("InParts", "weights f32 [O, I]", Describe(*weight.w));
  }
  if (!IsComputeType(split.compute_type))
    Refuse("InParts", "f32 or bf16", std::string(Name(split.compute_type)));
  RunParts(split, work);
}

void Backend::DenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                           DType y_dtype, Tensor& y) {
  const Scope scope(*this);
  CheckDense("DenseForward", x, w, b);
  CheckOutputType("DenseForward", x, y_dtype);
  y.Resize({x.rows(), w.shape()[0]}, y_dtype);
  DoDenseForward(x, w, b, activation, y);
}

void Backend::DenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                            Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  const Scope scope(*this);
  CheckDense("DenseBackward", x, w, db);
  CheckGradients("DenseBackward", x, y, dy, w, dw);
  if (y.row_size() != w.shape()[0])
    Refuse("DenseBackward", fmt::format("{} outputs", w.shape()[0]), Describe(y));
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
                          Activation activation, Format y_format, Tensor& y) {
  const Scope scope(*this);
  CheckConv("ConvForward", x, w, b, geometry, /*transposed=*/false, ConvOutputSize);
  CheckOutputType("ConvForward", x, y_format.dtype);
  CheckLayouts("ConvForward", *this, x, y_format);
  const PlaneSize size = ConvOutputSize(geometry, SizeOf(x));
  y.Resize({x.rows(), b.size(), size.height, size.width}, y_format);
  DoConvForward(x, w, b, geometry, activation, y);
}

void Backend::ConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                           Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  const Scope scope(*this);
  CheckConv("ConvBackward", x, w, db, geometry, /*transposed=*/false, ConvOutputSize);
  CheckGradients("ConvBackward", x, y, dy, w, dw);
  CheckLayouts("ConvBackward", *this, x, y.format());
  if (dx != nullptr) dx->Resize(x.shape(), x.format());
  DoConvBackward(x, w, y, geometry, activation, dy, dw, db, dx);
}

void Backend::ConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b,
                                   const ConvGeometry& geometry, Activation activation, Format y_format,
                                   Tensor& y) {
  const Scope scope(*this);
  CheckConv("ConvTransposeForward", x, w, b, geometry, /*transposed=*/true, ConvTransposeOutputSize);
  CheckOutputType("ConvTransposeForward", x, y_format.dtype);
  CheckLayouts("ConvTransposeForward", *this, x, y_format);
  const PlaneSize size = ConvTransposeOutputSize(geometry, SizeOf(x));
  y.Resize({x.rows(), b.size(), size.height, size.width}, y_format);
  DoConvTransposeForward(x, w, b, geometry, activation, y);
}

void Backend::ConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                    const ConvGeometry& geometry, Activation activation, Tensor& dy,
                                    Tensor& dw, Tensor& db, Tensor* dx) {
  const Scope scope(*this);
  CheckConv("ConvTransposeBackward", x, w, db, geometry, /*transposed=*/true, ConvTransposeOutputSize);
  CheckGradients("ConvTransposeBackward", x, y, dy, w, dw);
  CheckLayouts("ConvTransposeBackward", *this, x, y.format());
  if (dx != nullptr) dx->Resize(x.shape(), x.format());
  DoConvTransposeBackward(x, w, y, geometry, activation, dy, dw, db, dx);
}

void Backend::Add(const Tensor& x, Tensor& y) {
  const Scope scope(*this);
  if (x.shape() != y.shape() || x.dtype() != y.dtype() || !IsComputeType(x.dtype()))
    Refuse("Add", "x and y of one shape, both f32 or both bf16",
           fmt::format("{}, {}", Describe(x), Describe(y)));
  for (const Tensor* term : {&x, static_cast<const Tensor*>(&y)})
    CheckLayouts("Add", *this, *term, x.format());
  DoAdd(x, y);
}

void Backend::Gelu(const Tensor& x, DType y_dtype, Tensor& y) {
  const Scope scope(*this);
  if (!IsComputeType(x.dtype())) Refuse("Gelu", "f32 or bf16", Describe(x));
  CheckOutputType("Gelu", x, y_dtype);
  CheckLayouts("Gelu", *this, x, x.format());
  y.Resize(x.shape(), {y_dtype, x.layout()});
  DoGelu(x, y);
}

void Backend::GeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) {
  const Scope scope(*this);
  if (!IsComputeType(x.dtype())) Refuse("GeluGradient", "f32 or bf16", Describe(x));
  CheckSameElements("GeluGradient", x, dy);
  for (const Tensor* read : {&x, &dy}) CheckLayouts("GeluGradient", *this, *read, x.format());
  dx.Resize(x.shape(), x.format());
  DoGeluGradient(x, dy, dx);
}

void Backend::Dropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                      float probability, const Tensor& x, Tensor& y) {
  const Scope scope(*this);
  CheckIds("Dropout", x, epoch, ids);
  if (!(probability >= 0 && probability < 1) || first_element % 4 != 0) {
    Refuse("Dropout", "a probability from 0 to below 1, a first element that is a multiple of 4",
           fmt::format("{}, {}", probability, first_element));
  }
  y.Resize(x.shape(), x.dtype());
  DoDropout(rng, epoch, ids, first_element, probability, x, y);
}

void Backend::Loss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
                   int64_t term) {
  const Scope scope(*this);
  CheckLoss("Loss", loss, y, target, sums, term);
  DoLoss(loss, y, target, sums, term);
}

void Backend::LossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target,
                           Activation activation, double weight, Accumulation accumulation, Tensor& dz,
                           Tensor& sums, int64_t term) {
  const Scope scope(*this);
  CheckLoss("LossGradient", loss, y, target, sums, term);
  if (IsOfSigmoid(loss.kind) && activation != Activation::kSigmoid) {
    Refuse("LossGradient", fmt::format("sigmoid outputs for {}", Name(loss.kind)),
           std::string(Name(activation)));
  }
  if (accumulation == Accumulation::kAdd) CheckSameElements("LossGradient", y, dz);
  dz.Resize(y.shape(), y.dtype());
  DoLossGradient(loss, y, target, activation, weight, accumulation, dz, sums, term);
}

void Backend::NeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                            std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                            int64_t term) {
  const Scope scope(*this);
  CheckNeighbourLoss(settings, z, partners, dz);
  CheckSums("NeighbourLoss", sums, term);
  DoNeighbourLoss(settings, z, partners, weight, dz, sums, term);
}

void Backend::CorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z,
                              double weight, Tensor* dz, Tensor& sums, int64_t term) {
  const Scope scope(*this);
  CheckCorrelationLoss(settings.shifts, x, z, dz);
  CheckSums("CorrelationLoss", sums, term);
  DoCorrelationLoss(settings, x, z, weight, dz, sums, term);
}

void Backend::SsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                       Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) {
  const Scope scope(*this);
  CheckSsimLoss(y, target, accumulation, dz);
  CheckSums("SsimLoss", sums, term);
  if (dz != nullptr) dz->Resize(y.shape(), y.dtype());
  DoSsimLoss(y, target, activation, weight, accumulation, dz, sums, term);
}

void Backend::SampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids, const Tensor& moments,
                          DType dtype, Tensor& z) {
  const Scope scope(*this);
  CheckMoments("SampleCodes", moments);
  if (rng != nullptr) CheckIds("SampleCodes", moments, epoch, ids);
  if (dtype != DType::kF32 && dtype != DType::kBF16)
    Refuse("SampleCodes", "f32 or bf16", std::string(Name(dtype)));
  z.Resize({moments.rows(), moments.row_size() / 2}, dtype);
  DoSampleCodes(rng, epoch, ids, moments, z);
}

void Backend::SampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                                  const Tensor& moments, const Tensor& dz, Tensor& dmoments) {
  const Scope scope(*this);
  CheckMoments("SampleCodesGradient", moments);
  if (rng != nullptr) CheckIds("SampleCodesGradient", moments, epoch, ids);
  if (!IsRowsOfComputeType(dz) || dz.size() != moments.size() / 2 || dz.rows() != moments.rows()) {
    Refuse("SampleCodesGradient", fmt::format("one gradient per number of the code of {}", Describe(moments)),
           Describe(dz));
  }
  dmoments.Resize(moments.shape(), DType::kF32);
  DoSampleCodesGradient(rng, epoch, ids, moments, dz, dmoments);
}

void Backend::GaussianDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments,
                                 Tensor& sums, int64_t term) {
  const Scope scope(*this);
  CheckMoments("GaussianDivergence", moments);
  if (!(free_bits >= 0))
    Refuse("GaussianDivergence", "free bits of at least 0", fmt::format("{}", free_bits));
  if (dmoments != nullptr) CheckSameElements("GaussianDivergence", moments, *dmoments);
  CheckSums("GaussianDivergence", sums, term);
  DoGaussianDivergence(free_bits, moments, weight, dmoments, sums, term);
}

bool Backend::AllFinite(const Tensor& x) {
  const Scope scope(*this);
  CheckF32("AllFinite", x);
  return DoAllFinite(x);
}

void Backend::Zero(Tensor& x) {
  const Scope scope(*this);
  CheckF32("Zero", x);
  DoZero(x);
}

void Backend::Round(const Tensor& x, DType dtype, Tensor& y) {
  const Scope scope(*this);
  CheckF32("Round", x);
  if (!IsComputeType(dtype)) Refuse("Round", "f32 or bf16", std::string(Name(dtype)));
  y.Resize(x.shape(), dtype);
  DoRound(x, y);
}

void Backend::ClipNorm(double limit, Tensor& x) {
  const Scope scope(*this);
  CheckF32("ClipNorm", x);
  if (!(limit > 0)) Refuse("ClipNorm", "a limit above 0", fmt::format("{}", limit));
  DoClipNorm(limit, x);
}

void Backend::AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                       Tensor& params, Tensor& m, Tensor& v) {
  const Scope scope(*this);
  CheckStep("AdamStep", step, grads, params, {&m, &v});
  DoAdamStep(settings, learning_rate, step, grads, params, m, v);
}

void Backend::AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step,
                         const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) {
  const Scope scope(*this);
  CheckStep("AdamaxStep", step, grads, params, {&m, &u});
  if (settings.decay != DecayKind::kL2)
    Refuse("AdamaxStep", "weight decay of the L2 kind", "decoupled decay");
  DoAdamaxStep(settings, learning_rate, step, grads, params, m, u);
}

void Backend::SgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                      Tensor& velocity) {
  const Scope scope(*this);
  CheckStep("SgdStep", /*step=*/1, grads, params, {&velocity});
  DoSgdStep(settings, learning_rate, grads, params, velocity);
}

double MuonScale(int64_t rows, int64_t columns) {
  return 0.2 * std::sqrt(static_cast<double>(std::max(rows, columns)));
}

void Backend::MuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads,
                       Tensor& params, Tensor& velocity) {
  const Scope scope(*this);
  CheckStep("MuonStep", /*step=*/1, grads, params, {&velocity});
  if (params.shape().rank() < 2 || params.size() == 0) Refuse("MuonStep", "a matrix", Describe(params));
  for (const Tensor* tensor : std::initializer_list<const Tensor*>{&grads, &velocity}) {
    if (tensor->shape() != params.shape()) Refuse("MuonStep", Describe(params), Describe(*tensor));
  }
  DoMuonStep(settings, learning_rate, grads, params, velocity);
}

void Backend::GatherPixels(const Tensor& images, std::span<const int64_t> ids, DType dtype, Tensor& x) {
  const Scope scope(*this);
  if (images.dtype() != DType::kU8 || !IsComputeType(dtype)) {
    Refuse("GatherPixels", "images of u8, an output of f32 or bf16",
           fmt::format("{}, {}", Describe(images), Name(dtype)));
  }
  for (int64_t id : ids) {
    if (id < 0 || id >= images.rows()) {
      Refuse("GatherPixels", fmt::format("ids from 0 to {}", images.rows() - 1), fmt::format("{}", id));
    }
  }
  x.Resize(images.shape().WithRows(static_cast<int64_t>(ids.size())), dtype);
  DoGatherPixels(images, ids, x);
}

void Backend::MixRows(const Tensor& other, std::span<const float> shares, Tensor& x) {
  const Scope scope(*this);
  CheckSameElements("MixRows", x, other);
  if (!IsRowsOfComputeType(x) || x.rows() != static_cast<int64_t>(shares.size()))
    Refuse("MixRows", fmt::format("{} rows of f32 or bf16, one per share", shares.size()), Describe(x));
  DoMixRows(other, shares, x);
}

void Backend::Augment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                      std::span<const int64_t> ids, const Tensor& x, Tensor& y) {
  const Scope scope(*this);
  CheckIds("Augment", x, epoch, ids);
  RequireBetween("shift", augmentation.shift, 0, kLargestShift);
  const auto is_share = [](double value, double least) { return value >= least && value <= 1; };
  if (!is_share(augmentation.crop, kSmallestCrop) || !is_share(augmentation.colour_jitter, 0) ||
      !is_share(augmentation.grey_share, 0)) {
    Refuse("Augment",
           fmt::format("crop from {} to 1, colour_jitter and grey_share from 0 to 1", kSmallestCrop),
           fmt::format("crop {}, colour_jitter {}, grey_share {}", augmentation.crop,
                       augmentation.colour_jitter, augmentation.grey_share));
  }
  if (x.shape().rank() != 4 || &x == &y)
    Refuse("Augment", "images [N, C, H, W], and another tensor for the result", Describe(x));
  y.Resize(x.shape(), x.dtype());
  DoAugment(augmentation, rng, epoch, ids, x, y);
}

void Backend::Corrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch,
                      std::span<const int64_t> ids, Tensor& x) {
  const Scope scope(*this);
  CheckIds("Corrupt", x, epoch, ids);
  if (x.shape().rank() != 4) Refuse("Corrupt", "images [N, C, H, W]", Describe(x));
  if (!corruption.none()) DoCorrupt(corruption, rng, epoch, ids, x);
}

void Backend::Gram(const Tensor& x, Tensor& g) {
  const Scope scope(*this);
  const int64_t P = x.row_size();
  if (x.dtype() != DType::kF32 || g.dtype() != DType::kF32 || g.shape() != Shape({P, P})) {
    Refuse("Gram", "x f32 [N, P], g f32 [P, P]", fmt::format("x {}, g {}", Describe(x), Describe(g)));
  }
  DoGram(x, g);
}

}  // namespace hourglass
