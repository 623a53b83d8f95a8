#include "support/operation_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "hourglass/backend/reference.h"
#include "support/operation_case_tools.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

struct DenseSizes {
  int64_t N, I, O;
  Activation activation;
  DType dtype;
};

class DenseForwardCase : public OperationOn {
 public:
  DenseForwardCase(Device& device, DenseSizes s)
      : OperationOn(device),
        s_(s),
        x_(Random({s.N, s.I}, s.dtype, 1)),
        w_(Random({s.O, s.I}, DType::kF32, 2, -.5, .5)),
        b_(Random({s.O}, DType::kF32, 3)),
        y_(Empty({s.N, s.O}, s.dtype)) {}
  void Poison() override { Fill(y_, kNaN); }
  void Run(Backend& backend) override { backend.DenseForward(x_, w_, b_, s_.activation, s_.dtype, y_); }
  double Error() override {
    std::vector<double> y(static_cast<size_t>(y_.size()));
    reference::DenseForward(s_.N, s_.I, s_.O, Widen(x_).data(), Rounded(Widen(w_), s_.dtype).data(),
                            Widen(b_).data(), s_.activation, y.data());
    return RelativeError(Widen(y_), y);
  }

 private:
  DenseSizes s_;
  Tensor x_, w_, b_, y_;
};

class DenseBackwardCase : public OperationOn {
 public:
  DenseBackwardCase(Device& device, DenseSizes s)
      : OperationOn(device),
        s_(s),
        x_(Random({s.N, s.I}, s.dtype, 1)),
        w_(Random({s.O, s.I}, DType::kF32, 2, -.5, .5)),
        y_(Random({s.N, s.O}, s.dtype, 4, -.9, .9)),
        dy_(Random({s.N, s.O}, s.dtype, 5)),
        dz_(dy_.Clone()),
        dw_(Empty({s.O, s.I})),
        db_(Empty({s.O})),
        dx_(Empty({s.N, s.I}, s.dtype)) {}
  void Poison() override {
    dz_ = dy_.Clone();
    Fill(dw_, kNaN);
    Fill(db_, kNaN);
    Fill(dx_, kNaN);
  }
  void Run(Backend& backend) override {
    backend.DenseBackward(x_, w_, y_, s_.activation, dz_, dw_, db_, &dx_);
  }
  double Error() override {
    std::vector<double> w = Widen(w_), dy = Widen(dy_), dw(w.size()), db(static_cast<size_t>(s_.O)),
                        dx(static_cast<size_t>(dx_.size()));
    reference::DenseBackward(s_.N, s_.I, s_.O, Widen(x_).data(), w.data(), Widen(y_).data(), s_.activation,
                             dy.data(), dw.data(), db.data(), dx.data());
    return std::max({RelativeError(Widen(dz_), dy), RelativeError(Widen(dw_), dw),
                     RelativeError(Widen(db_), db), RelativeError(Widen(dx_), dx)});
  }

 private:
  DenseSizes s_;
  Tensor x_, w_, y_, dy_, dz_, dw_, db_, dx_;
};

// Loss, or LossGradient of an activation's outputs: written, or added to existing contents.
class LossCase : public OperationOn {
 public:
  LossCase(Device& device, LossSettings loss, Shape shape, DType dtype, std::optional<Activation> gradient,
           Accumulation accumulation)
      : OperationOn(device),
        loss_(std::move(loss)),
        gradient_(gradient),
        accumulation_(accumulation),
        y_(Random(shape, dtype, 1, 0, 1)),
        target_(Random(shape, dtype, 2, 0, 1)),
        dz_(Empty(shape, dtype)),
        sums_(Empty({2}, DType::kF64)) {}
  void Poison() override {
    Fill(dz_, adds() ? kAdded : kNaN);
    Fill(sums_, kAdded);
  }
  void Run(Backend& backend) override {
    if (gradient_) {
      backend.LossGradient(loss_, y_, target_, *gradient_, kWeight, accumulation_, dz_, sums_, 1);
    } else {
      backend.Loss(loss_, y_, target_, sums_, 1);
    }
  }
  double Error() override {
    std::vector<double> dz(static_cast<size_t>(y_.size()), adds() ? kAdded : 0.0);
    const double value =
        reference::Loss<double>(loss_, y_.size(), Widen(y_).data(), Widen(target_).data(),
                                gradient_.value_or(Activation::kNone), kWeight, dz.data(), plane());
    const std::vector<double> sums = Widen(sums_);
    const double value_error =
        RelativeError({sums[1] - kAdded}, {double(y_.rows()) * value}) + (sums[0] == kAdded ? 0 : 1);
    return gradient_ ? std::max(value_error, RelativeError(Widen(dz_), dz)) : value_error;
  }

 private:
  static constexpr double kWeight = 0.75;
  bool adds() const { return accumulation_ == Accumulation::kAdd; }
  int64_t plane() const {
    const Shape& shape = target_.shape();
    return shape.rank() == 4 ? shape[2] * shape[3] : 1;
  }

  LossSettings loss_;
  std::optional<Activation> gradient_;
  Accumulation accumulation_;
  Tensor y_, target_, dz_, sums_;
};

// z on the host, rounded to whole numbers.
Tensor WholeNumbers(const Tensor& z) {
  Tensor whole = z.CopyTo(HostDevice());
  for (int64_t i = 0; i < whole.size(); ++i) {
    if (z.dtype() == DType::kF32) whole.data<float>()[i] = std::round(whole.data<float>()[i]);
    if (z.dtype() == DType::kBF16)
      whole.data<BFloat16>()[i] = BFloat16::FromFloat(std::round(whole.data<BFloat16>()[i].ToFloat()));
  }
  return whole;
}

// NeighbourLoss of codes uniform in ±spread; rounded to whole numbers, so that some coincide, if asked to.
// Row i and row i + N/2 are partners; the last row has none if N is odd, and every seventh has the first row
// instead.
class NeighbourLossCase : public OperationOn {
 public:
  struct Sizes {
    int64_t N, d;
    double spread;
    bool whole = false;
  };
  NeighbourLossCase(Device& device, Sizes s, DType dtype, NeighbourLossSettings settings, bool gradient)
      : OperationOn(device),
        settings_(settings),
        gradient_(gradient),
        z_(Random({s.N, s.d}, dtype, 1, -s.spread, s.spread)),
        dz_(Empty({s.N, s.d}, dtype)),
        sums_(Empty({2}, DType::kF64)),
        partners_(static_cast<size_t>(s.N), -1) {
    if (s.whole) z_ = WholeNumbers(z_).CopyTo(device);
    const auto half = static_cast<int32_t>(s.N / 2);
    for (int32_t i = 0; i < half; ++i) {
      partners_[static_cast<size_t>(i)] = i > 0 && i % 7 == 0 ? 0 : i + half;
      partners_[static_cast<size_t>(i + half)] = i;
    }
  }
  void Poison() override {
    Fill(dz_, kAdded);
    Fill(sums_, kAdded);
  }
  void Run(Backend& backend) override {
    backend.NeighbourLoss(settings_, z_, partners_, weight(), gradient_ ? &dz_ : nullptr, sums_, 1);
  }
  double Error() override {
    std::vector<double> dz(static_cast<size_t>(z_.size()));
    const double sum = reference::NeighbourLoss<double>(settings_, z_.rows(), z_.row_size(), Widen(z_).data(),
                                                        partners_.data(), weight(), dz.data());
    const std::vector<double> sums = Widen(sums_);
    const double error = RelativeError({sums[1] - kAdded}, {sum}) + (sums[0] == kAdded ? 0 : 1);
    if (!gradient_) return RelativeError(Widen(dz_), std::vector<double>(dz.size(), kAdded)) + error;
    return std::max(error, RelativeError(Widen(dz_), Plus9(dz)));
  }

 private:
  // Large, so that the gradient is not lost in the 9 that it is added to.
  double weight() const { return 100 * static_cast<double>(z_.rows()); }
  NeighbourLossSettings settings_;
  bool gradient_;
  Tensor z_, dz_, sums_;
  std::vector<int32_t> partners_;
};

// CorrelationLoss. Codes are rounded to whole numbers, so that some coincide, if asked to; images are equal
// likewise.
class CorrelationLossCase : public OperationOn {
 public:
  struct Sizes {
    std::vector<int64_t> shifts;
    int64_t N, P, d;
    bool whole = false, equal = false, logarithms = false;
  };
  CorrelationLossCase(Device& device, Sizes s, DType dtype, bool gradient)
      : OperationOn(device),
        s_(s),
        gradient_(gradient),
        x_(Random({s.N, s.P}, dtype, 1, 0, s.equal ? 0 : 1)),
        z_(Random({s.N, s.d}, dtype, 2, -2, 2)),
        dz_(Empty({s.N, s.d}, dtype)),
        sums_(Empty({2}, DType::kF64)) {
    if (s.whole) z_ = WholeNumbers(z_).CopyTo(device);
  }
  void Poison() override {
    Fill(dz_, kAdded);
    Fill(sums_, kAdded);
  }
  void Run(Backend& backend) override {
    backend.CorrelationLoss(settings(), x_, z_, weight(), gradient_ ? &dz_ : nullptr, sums_, 1);
  }
  double Error() override {
    std::vector<double> dz(static_cast<size_t>(z_.size()));
    const double loss = reference::CorrelationLoss<double>(settings(), s_.N, s_.P, s_.d, Widen(x_).data(),
                                                           Widen(z_).data(), weight(), dz.data());
    if (!gradient_) std::ranges::fill(dz, 0.0);
    const std::vector<double> sums = Widen(sums_);
    const double error = RelativeError({sums[1] - kAdded}, {double(s_.N) * loss});
    return std::max(error, RelativeError(Widen(dz_), Plus9(dz))) + (sums[0] == kAdded ? 0 : 1);
  }

 private:
  // Large, so that the gradient is not lost in the 9 that it is added to.
  double weight() const { return 100 * static_cast<double>(s_.N); }
  CorrelationSettings settings() const { return {.shifts = s_.shifts, .logarithms = s_.logarithms}; }

  Sizes s_;
  bool gradient_;
  Tensor x_, z_, dz_, sums_;
};

// SsimLoss of random images, alone or with the gradient of an activation's outputs: written, or added to
// existing contents.
class SsimLossCase : public OperationOn {
 public:
  SsimLossCase(Device& device, Shape images, DType dtype, std::optional<Activation> gradient,
               Accumulation accumulation)
      : OperationOn(device),
        gradient_(gradient),
        accumulation_(accumulation),
        y_(Random({images[0], images.row_size()}, dtype, 1, 0, 1)),
        target_(Random(images, dtype, 2, 0, 1)),
        dz_(Empty(y_.shape(), dtype)),
        sums_(Empty({2}, DType::kF64)) {}
  void Poison() override {
    Fill(dz_, adds() ? kAdded : kNaN);
    Fill(sums_, kAdded);
  }
  void Run(Backend& backend) override {
    backend.SsimLoss(y_, target_, activation(), weight(), accumulation_, gradient_ ? &dz_ : nullptr, sums_,
                     1);
  }
  double Error() override {
    const Shape& s = target_.shape();
    std::vector<double> dz(static_cast<size_t>(y_.size()), adds() ? kAdded : 0.0);
    const double sum = reference::SsimLoss<double>(s[0], s[1], s[2], s[3], Widen(y_).data(),
                                                   Widen(target_).data(), activation(), weight(), dz.data());
    const std::vector<double> sums = Widen(sums_);
    const double error = RelativeError({sums[1] - kAdded}, {sum}) + (sums[0] == kAdded ? 0 : 1);
    return gradient_ ? std::max(error, RelativeError(Widen(dz_), dz)) : error;
  }

 private:
  // Large, so that the gradient is not lost in the 9 that it is added to.
  double weight() const { return 100 * static_cast<double>(y_.rows()); }
  Activation activation() const { return gradient_.value_or(Activation::kNone); }
  bool adds() const { return accumulation_ == Accumulation::kAdd; }

  std::optional<Activation> gradient_;
  Accumulation accumulation_;
  Tensor y_, target_, dz_, sums_;
};

class AllFiniteCase : public OperationOn {
 public:
  AllFiniteCase(Device& device, int64_t count, std::optional<float> bad)
      : OperationOn(device), x_(Random({count}, DType::kF32, 1)), bad_(bad) {
    if (!bad) return;
    Tensor last = x_.Rows(count - 1, 1);
    Fill(last, *bad);
  }
  void Poison() override { finite_ = bad_.has_value(); }
  void Run(Backend& backend) override { finite_ = backend.AllFinite(x_); }
  double Error() override { return finite_ == bad_.has_value() ? 1 : 0; }

 private:
  Tensor x_;
  std::optional<float> bad_;
  bool finite_ = false;
};

class ZeroCase : public OperationOn {
 public:
  ZeroCase(Device& device, int64_t count) : OperationOn(device), x_(Empty({count})) {}
  void Poison() override { Fill(x_, kNaN); }
  void Run(Backend& backend) override { backend.Zero(x_); }
  double Error() override { return RelativeError(Widen(x_), std::vector<double>(size_t(x_.size()))); }

 private:
  Tensor x_;
};

class RoundCase : public OperationOn {
 public:
  RoundCase(Device& device, int64_t count, DType dtype)
      : OperationOn(device), x_(Random({count}, DType::kF32, 1)), y_(Empty({count}, dtype)) {}
  void Poison() override { Fill(y_, kNaN); }
  void Run(Backend& backend) override { backend.Round(x_, y_.dtype(), y_); }
  double Error() override {
    std::vector<double> y(static_cast<size_t>(x_.size()));
    reference::Round(x_.size(), Widen(x_).data(), y.data());
    return RelativeError(Widen(y_), Rounded(y, y_.dtype()));
  }

 private:
  Tensor x_, y_;
};

// `limit`: of the norm, as a factor of the norm of x.
class ClipNormCase : public OperationOn {
 public:
  ClipNormCase(Device& device, int64_t count, double limit)
      : OperationOn(device), x_(Random({count}, DType::kF32, 1)) {
    for (const double value : Widen(x_)) limit_ += value * value;
    limit_ = limit * std::sqrt(limit_);
  }
  void Poison() override { clipped_ = x_.Clone(); }
  void Run(Backend& backend) override { backend.ClipNorm(limit_, clipped_); }
  double Error() override {
    std::vector<double> x = Widen(x_);
    reference::ClipNorm(limit_, x_.size(), x.data());
    return RelativeError(Widen(clipped_), x);
  }

 private:
  double limit_ = 0;
  Tensor x_, clipped_;
};

class MixRowsCase : public OperationOn {
 public:
  MixRowsCase(Device& device, int64_t rows, int64_t columns, DType dtype)
      : OperationOn(device),
        x_(Random({rows, columns}, dtype, 1)),
        other_(Random({rows, columns}, dtype, 2)),
        shares_(size_t(rows)) {
    for (size_t row = 0; row < shares_.size(); ++row) shares_[row] = 0.25f * static_cast<float>(row % 5);
  }
  void Poison() override { mixed_ = x_.Clone(); }
  void Run(Backend& backend) override { backend.MixRows(other_, shares_, mixed_); }
  double Error() override {
    std::vector<double> x = Widen(x_);
    const std::vector<double> other = Widen(other_);
    for (size_t row = 0; row < shares_.size(); ++row) {
      const size_t begin = row * static_cast<size_t>(x_.row_size());
      reference::MixRow<double>(x_.row_size(), other.data() + begin, shares_[row], x.data() + begin);
    }
    return RelativeError(Widen(mixed_), x);
  }

 private:
  Tensor x_, other_, mixed_;
  std::vector<float> shares_;
};

// AdamStep with either kind of decay, and AdamaxStep.
class AdamCase : public OperationOn {
 public:
  enum class Kind { kAdam, kAdamW, kAdamax };
  AdamCase(Device& device, int64_t count, Kind kind)
      : OperationOn(device),
        kind_(kind),
        settings_{.weight_decay = 1e-2,
                  .decay = kind == Kind::kAdamW ? DecayKind::kDecoupled : DecayKind::kL2},
        grads_(Random({count}, DType::kF32, 1)),
        params_(Random({count}, DType::kF32, 2)),
        m_(Random({count}, DType::kF32, 3)),
        v_(Random({count}, DType::kF32, 4, 0, 1)) {}
  void Poison() override {
    new_params_ = params_.Clone();
    new_m_ = m_.Clone();
    new_v_ = v_.Clone();
  }
  void Run(Backend& backend) override {
    if (kind_ == Kind::kAdamax)
      return backend.AdamaxStep(settings_, 1e-2, 3, grads_, new_params_, new_m_, new_v_);
    backend.AdamStep(settings_, 1e-2, 3, grads_, new_params_, new_m_, new_v_);
  }
  double Error() override {
    std::vector<double> params = Widen(params_), m = Widen(m_), v = Widen(v_);
    const auto step = kind_ == Kind::kAdamax ? reference::AdamaxStep<double> : reference::AdamStep<double>;
    step(settings_, 1e-2, 3, grads_.size(), Widen(grads_).data(), params.data(), m.data(), v.data());
    return std::max({RelativeError(Widen(new_params_), params), RelativeError(Widen(new_m_), m),
                     RelativeError(Widen(new_v_), v)});
  }

 private:
  Kind kind_;
  AdamSettings settings_;
  Tensor grads_, params_, m_, v_, new_params_, new_m_, new_v_;
};

class SgdCase : public OperationOn {
 public:
  SgdCase(Device& device, int64_t count)
      : OperationOn(device),
        grads_(Random({count}, DType::kF32, 1)),
        params_(Random({count}, DType::kF32, 2)),
        velocity_(Random({count}, DType::kF32, 3)) {}
  void Poison() override {
    new_params_ = params_.Clone();
    new_velocity_ = velocity_.Clone();
  }
  void Run(Backend& backend) override {
    backend.SgdStep(kSettings, 1e-2, grads_, new_params_, new_velocity_);
  }
  double Error() override {
    std::vector<double> params = Widen(params_), velocity = Widen(velocity_);
    reference::SgdStep(kSettings, 1e-2, grads_.size(), Widen(grads_).data(), params.data(), velocity.data());
    return std::max(RelativeError(Widen(new_params_), params), RelativeError(Widen(new_velocity_), velocity));
  }

 private:
  static constexpr SgdSettings kSettings = {.momentum = 0.9, .weight_decay = 1e-2};
  Tensor grads_, params_, velocity_, new_params_, new_velocity_;
};

class MuonCase : public OperationOn {
 public:
  MuonCase(Device& device, int64_t rows, int64_t columns)
      : OperationOn(device),
        grads_(Random({rows, columns}, DType::kF32, 1)),
        params_(Random({rows, columns}, DType::kF32, 2)),
        velocity_(Random({rows, columns}, DType::kF32, 3)) {}
  void Poison() override {
    new_params_ = params_.Clone();
    new_velocity_ = velocity_.Clone();
  }
  void Run(Backend& backend) override {
    backend.MuonStep(kSettings, kRate, grads_, new_params_, new_velocity_);
  }
  double Error() override {
    std::vector<double> params = Widen(params_), velocity = Widen(velocity_);
    reference::MuonStep(kSettings, kRate, grads_.rows(), grads_.row_size(), Widen(grads_).data(),
                        params.data(), velocity.data());
    return std::max(RelativeError(Widen(new_params_), params), RelativeError(Widen(new_velocity_), velocity));
  }

 private:
  static constexpr MuonSettings kSettings = {.momentum = 0.9, .weight_decay = 0.2};
  static constexpr double kRate = 1;
  Tensor grads_, params_, velocity_, new_params_, new_velocity_;
};

class DropoutCase : public OperationOn {
 public:
  DropoutCase(Device& device, int64_t rows, int64_t columns, DType dtype)
      : OperationOn(device),
        x_(Random({rows, columns}, dtype, 1)),
        y_(Empty({rows, columns}, dtype)),
        ids_(size_t(rows)) {
    std::iota(ids_.begin(), ids_.end(), 59'990);
  }
  void Poison() override { Fill(y_, kNaN); }
  void Run(Backend& backend) override { backend.Dropout(kRng, kEpoch, ids_, kFirst, kProbability, x_, y_); }
  double Error() override {
    const std::vector<double> x = Widen(x_);
    std::vector<double> y(x.size());
    for (size_t i = 0; i < ids_.size(); ++i) {
      const auto row = static_cast<int64_t>(i) * x_.row_size();
      reference::Dropout(kRng, kEpoch, static_cast<uint64_t>(ids_[i]), kFirst, kProbability, x_.row_size(),
                         x.data() + row, y.data() + row);
    }
    return RelativeError(Widen(y_), y);
  }

 private:
  static constexpr uint32_t kEpoch = 12, kFirst = 3 << 24;
  static constexpr float kProbability = 0.3f;
  inline static const Rng kRng = Rng(0x123456789ABCDEF, Stream::kDropout);
  Tensor x_, y_;
  std::vector<int64_t> ids_;
};

// SampleCodes, or its gradient; without random numbers if `rng` is null.
class SampleCodesCase : public OperationOn {
 public:
  SampleCodesCase(Device& device, int64_t rows, int64_t d, DType dtype, const Rng* rng, bool gradient)
      : OperationOn(device),
        rng_(rng),
        gradient_(gradient),
        moments_(Random({rows, 2 * d}, DType::kF32, 1, -3, 2)),
        z_(Empty({rows, d}, dtype)),
        dz_(Random({rows, d}, dtype, 2)),
        dmoments_(Empty({rows, 2 * d})),
        ids_(size_t(rows)) {
    std::iota(ids_.begin(), ids_.end(), 59'990);
  }
  void Poison() override { Fill(gradient_ ? dmoments_ : z_, kNaN); }
  void Run(Backend& backend) override {
    if (gradient_) return backend.SampleCodesGradient(rng_, kEpoch, ids_, moments_, dz_, dmoments_);
    backend.SampleCodes(rng_, kEpoch, ids_, moments_, z_.dtype(), z_);
  }
  double Error() override {
    const std::vector<double> moments = Widen(moments_), dz = Widen(dz_);
    std::vector<double> z(dz.size()), dmoments(moments.size());
    const int64_t d = dz_.row_size();
    for (int64_t row = 0; row < dz_.rows(); ++row) {
      std::vector<double> normals;
      for (uint32_t j = 0; rng_ != nullptr && j < d; ++j)
        normals.push_back(rng_->Normal(kEpoch, static_cast<uint64_t>(ids_[size_t(row)]), j));
      const double* const n = rng_ == nullptr ? nullptr : normals.data();
      const double* const of = moments.data() + row * 2 * d;
      reference::SampleCode(d, of, n, z.data() + row * d);
      reference::SampleCodeGradient(d, of, n, dz.data() + row * d, dmoments.data() + row * 2 * d);
    }
    return gradient_ ? RelativeError(Widen(dmoments_), dmoments) : RelativeError(Widen(z_), z);
  }

  inline static const Rng kRng = Rng(0x123456789ABCDEF, Stream::kCode);

 private:
  static constexpr uint32_t kEpoch = 12;
  const Rng* rng_;
  bool gradient_;
  Tensor moments_, z_, dz_, dmoments_;
  std::vector<int64_t> ids_;
};

class GaussianDivergenceCase : public OperationOn {
 public:
  GaussianDivergenceCase(Device& device, int64_t rows, int64_t d, double free_bits, bool gradient)
      : OperationOn(device),
        free_bits_(free_bits),
        gradient_(gradient),
        moments_(Random({rows, 2 * d}, DType::kF32, 1, -2, 2)),
        dmoments_(Empty({rows, 2 * d})),
        sums_(Empty({2}, DType::kF64)) {}
  void Poison() override {
    Fill(dmoments_, kAdded);
    Fill(sums_, kAdded);
  }
  void Run(Backend& backend) override {
    backend.GaussianDivergence(free_bits_, moments_, weight(), gradient_ ? &dmoments_ : nullptr, sums_, 1);
  }
  double Error() override {
    std::vector<double> dmoments(static_cast<size_t>(moments_.size()));
    const double sum = reference::GaussianDivergence(free_bits_, moments_.rows(), moments_.row_size() / 2,
                                                     Widen(moments_).data(), weight(), dmoments.data());
    const std::vector<double> sums = Widen(sums_);
    const double error = RelativeError({sums[1] - kAdded}, {sum}) + (sums[0] == kAdded ? 0 : 1);
    if (!gradient_)
      return RelativeError(Widen(dmoments_), std::vector<double>(dmoments.size(), kAdded)) + error;
    return std::max(error, RelativeError(Widen(dmoments_), Plus9(dmoments)));
  }

 private:
  // Large, so that the gradient is not lost in the 9 that it is added to.
  double weight() const { return 100 * static_cast<double>(moments_.rows()); }
  double free_bits_;
  bool gradient_;
  Tensor moments_, dmoments_, sums_;
};

class GatherPixelsCase : public OperationOn {
 public:
  GatherPixelsCase(Device& device, int64_t count, int64_t pixels, DType dtype)
      : OperationOn(device),
        dtype_(dtype),
        images_(Random({count + 3, 1, 1, pixels}, DType::kU8, 1)),
        x_(Empty({count, 1, 1, pixels}, dtype)) {
    for (int64_t i = 0; i < count; ++i) ids_.push_back((i * 7) % images_.rows());
  }
  void Poison() override { Fill(x_, kNaN); }
  void Run(Backend& backend) override { backend.GatherPixels(images_, ids_, dtype_, x_); }
  double Error() override {
    std::vector<double> expected = Widen(GatherRows(images_.CopyTo(HostDevice()), ids_));
    for (double& value : expected) value /= 255;
    return RelativeError(Widen(x_), expected);
  }

 private:
  DType dtype_;
  Tensor images_, x_;
  std::vector<int64_t> ids_;
};

class AugmentCase : public OperationOn {
 public:
  AugmentCase(Device& device, Augmentation augmentation, Shape images, DType dtype)
      : OperationOn(device),
        augmentation_(augmentation),
        x_(Random(images, dtype, 1)),
        ids_(size_t(images[0])) {
    std::iota(ids_.begin(), ids_.end(), 59'990);
  }
  void Poison() override {
    y_ = Empty(x_.shape(), x_.dtype());
    Fill(y_, kNaN);
  }
  void Run(Backend& backend) override { backend.Augment(augmentation_, kRng, kEpoch, ids_, x_, y_); }
  double Error() override {
    const Shape& s = x_.shape();
    const std::vector<double> x = Widen(x_);
    std::vector<double> expected(x.size());
    for (size_t i = 0; i < ids_.size(); ++i) {
      const auto begin = int64_t(i) * s.row_size();
      reference::Augment(augmentation_, kRng, kEpoch, static_cast<uint64_t>(ids_[i]), s[1], s[2], s[3],
                         x.data() + begin, expected.data() + begin);
    }
    return RelativeError(Widen(y_), expected);
  }

 private:
  static constexpr uint32_t kEpoch = 12;
  inline static const Rng kRng = Rng(0x123456789ABCDEF, Stream::kAugment);
  Augmentation augmentation_;
  Tensor x_, y_;
  std::vector<int64_t> ids_;
};

class CorruptCase : public OperationOn {
 public:
  CorruptCase(Device& device, Corruption corruption, Shape images, DType dtype)
      : OperationOn(device), corruption_(corruption), x_(Empty(images, dtype)), ids_(size_t(images[0])) {
    std::iota(ids_.begin(), ids_.end(), 59'990);
  }
  void Poison() override { Fill(x_, 0.5f); }
  void Run(Backend& backend) override { backend.Corrupt(corruption_, kRng, kEpoch, ids_, x_); }
  double Error() override {
    const Shape& s = x_.shape();
    std::vector<double> expected(size_t(s.size()), 0.5);
    for (size_t i = 0; i < ids_.size(); ++i) {
      reference::Corrupt(corruption_, kRng, kEpoch, static_cast<uint64_t>(ids_[i]), s[1], s[2], s[3],
                         expected.data() + int64_t(i) * s.row_size());
    }
    return RelativeError(Widen(x_), expected);
  }

 private:
  static constexpr uint32_t kEpoch = 12;
  inline static const Rng kRng = Rng(0x123456789ABCDEF, Stream::kNoise);
  Corruption corruption_;
  Tensor x_;
  std::vector<int64_t> ids_;
};

class GramCase : public OperationOn {
 public:
  GramCase(Device& device, int64_t rows, int64_t columns)
      : OperationOn(device), x_(Random({rows, columns}, DType::kF32, 1)), g_(Empty({columns, columns})) {}
  void Poison() override { Fill(g_, kAdded); }
  void Run(Backend& backend) override { backend.Gram(x_, g_); }
  double Error() override {
    std::vector<double> g(static_cast<size_t>(g_.size()));
    reference::Gram(x_.rows(), x_.row_size(), Widen(x_).data(), g.data());
    return RelativeError(Widen(g_), Plus9(g));
  }

 private:
  Tensor x_, g_;
};

void AddDense(std::vector<OperationCase>& cases) {
  struct Row {
    int64_t N, I, O;
    bool benchmark;
  };
  // The sizes of mlp4, deep-relu and an encoder of 512 units are timed; the others are deliberately odd.
  const Row rows[] = {
      {1, 1, 1, false},      {3, 17, 5, false},     {33, 65, 31, false},    {1, 785, 7, false},
      {130, 300, 50, false}, {257, 12, 100, false}, {64, 784, 392, false},  {2048, 784, 392, true},
      {2048, 392, 8, true},  {2048, 8, 392, true},  {2048, 392, 784, true}, {100, 784, 128, true},
      {100, 128, 784, true}, {256, 784, 512, true}, {256, 512, 512, true},  {256, 512, 256, true}};
  for (const Row& row : rows) {
    for (DType dtype : {DType::kF32, DType::kBF16}) {
      for (Activation activation : kActivations) {
        if (row.benchmark && activation != Activation::kRelu) continue;
        const DenseSizes sizes = {row.N, row.I, row.O, activation, dtype};
        const std::string label = fmt::format("{}x{}x{}{}{}", row.N, row.I, row.O,
                                              TitleCase(Name(activation)), TitleCase(Name(dtype)));
        const double product = 2.0 * double(row.N) * double(row.I) * double(row.O);
        const double bytes = double(ByteSize(dtype)) * double(row.N) * double(row.I + row.O);
        cases.push_back({"DenseForward", label, Tolerance(dtype), product, bytes, row.benchmark,
                         Preparing<DenseForwardCase>(sizes)});
        // In bf16, the slope is rounded before the products, and their sums are long: two roundings.
        cases.push_back({"DenseBackward", label, 2 * Tolerance(dtype), 2 * product, 3 * bytes, row.benchmark,
                         Preparing<DenseBackwardCase>(sizes)});
      }
    }
  }
}

void AddElementwise(std::vector<OperationCase>& cases) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (int64_t count : {1, 7, 4097, 100'003}) {
    const double bytes = 4 * double(count);
    cases.push_back({"AllFinite", fmt::format("{}", count), 0, bytes, bytes, count > 100'000,
                     Preparing<AllFiniteCase>(count, std::nullopt)});
    cases.push_back({"AllFinite", fmt::format("{}NaN", count), 0, bytes, bytes, false,
                     Preparing<AllFiniteCase>(count, kNaN)});
    cases.push_back({"AllFinite", fmt::format("{}Infinity", count), 0, bytes, bytes, false,
                     Preparing<AllFiniteCase>(count, -infinity)});
  }
  for (DType dtype : {DType::kF32, DType::kBF16}) {
    const auto element = double(ByteSize(dtype));
    for (LossKind kind : AllLosses()) {
      // Enough elements for two threads, whose border cuts a channel.
      const LossSettings loss = {.kind = kind, .parameter = 0.25, .channel_weights = {0.5f, 0.25f, 2.25f}};
      const Shape shape = {9, 3, 37, 41};
      const std::string label = fmt::format("{}Channels{}", TitleCase(Name(kind)), TitleCase(Name(dtype)));
      const double elements = double(shape.size());
      cases.push_back({"Loss", label, 1e-5, 3 * elements, 2 * element * elements, false,
                       Preparing<LossCase>(loss, shape, dtype, std::nullopt, Accumulation::kWrite)});
      for (const Accumulation accumulation : {Accumulation::kWrite, Accumulation::kAdd}) {
        cases.push_back({"LossGradient", label + (accumulation == Accumulation::kAdd ? "Added" : ""),
                         Tolerance(dtype), 6 * elements, 3 * element * elements, false,
                         Preparing<LossCase>(loss, shape, dtype, Activation::kSigmoid, accumulation)});
      }
    }
    for (int64_t count : {1, 7, 4097, 2048 * 784}) {
      for (LossKind kind : AllLosses()) {
        const LossSettings loss = {.kind = kind, .parameter = 0.25};
        const Shape shape = {1, count};
        const std::string label = fmt::format("{}{}{}", TitleCase(Name(kind)), count, TitleCase(Name(dtype)));
        const bool timed = count > 1'000'000;
        cases.push_back({"Loss", label, 1e-5, 3.0 * double(count), 2 * element * double(count), timed,
                         Preparing<LossCase>(loss, shape, dtype, std::nullopt, Accumulation::kWrite)});
        for (Activation activation : kActivations) {
          if (IsOfSigmoid(kind) && activation != Activation::kSigmoid) continue;
          for (Accumulation accumulation : {Accumulation::kWrite, Accumulation::kAdd}) {
            const bool write = accumulation == Accumulation::kWrite;
            cases.push_back({"LossGradient", label + TitleCase(Name(activation)) + (write ? "" : "Added"),
                             Tolerance(dtype), 6.0 * double(count), 3 * element * double(count),
                             timed && activation == Activation::kSigmoid && write,
                             Preparing<LossCase>(loss, shape, dtype, activation, accumulation)});
          }
        }
      }
    }
    for (int64_t rows : {1, 33, 256}) {
      for (int64_t columns : {1, 13, 64, 288}) {
        const double elements = double(rows * columns);
        cases.push_back({"Dropout", fmt::format("{}x{}{}", rows, columns, TitleCase(Name(dtype))),
                         dtype == DType::kF32 ? 1e-6 : 0x1p-8, elements, 2 * element * elements,
                         rows == 256 && columns == 288, Preparing<DropoutCase>(rows, columns, dtype)});
      }
    }
    for (const int64_t rows : {1, 33, 2048}) {
      for (const int64_t d : {1, 8, 37}) {
        for (const Rng* rng : {static_cast<const Rng*>(nullptr), &SampleCodesCase::kRng}) {
          const std::string label =
              fmt::format("{}x{}{}{}", rows, d, TitleCase(Name(dtype)), rng ? "" : "Means");
          const double elements = double(rows * d);
          const bool timed = rows == 2048 && d == 8 && rng != nullptr;
          const double tolerance = dtype == DType::kF32 ? 1e-4 : 0x1p-8;  // of normals near 0 (cpu/corrupt.h)
          cases.push_back({"SampleCodes", label, tolerance, 4 * elements, (8 + element) * elements, timed,
                           Preparing<SampleCodesCase>(rows, d, dtype, rng, false)});
          cases.push_back({"SampleCodesGradient", label, 1e-4, 4 * elements, (16 + element) * elements, timed,
                           Preparing<SampleCodesCase>(rows, d, dtype, rng, true)});
        }
      }
    }
    for (int64_t rows : {1, 5, 2048}) {
      for (int64_t pixels : {1, 13, 784}) {
        const std::string label = fmt::format("{}x{}{}", rows, pixels, TitleCase(Name(dtype)));
        const double elements = double(rows * pixels);
        const bool timed = rows == 2048 && pixels == 784;
        cases.push_back({"GatherPixels", label, dtype == DType::kF32 ? 1e-7 : 0x1p-9, elements,
                         (1 + element) * elements, timed, Preparing<GatherPixelsCase>(rows, pixels, dtype)});
        cases.push_back({"MixRows", label, Tolerance(dtype), 3 * elements, 3 * element * elements, timed,
                         Preparing<MixRowsCase>(rows, pixels, dtype)});
      }
    }
  }
  for (int64_t count : {1, 31, 622'504}) {
    const auto add = [&](const char* operation, const char* label, double bytes, auto prepare) {
      cases.push_back({operation, fmt::format("{}{}", label, count), 1e-6, 12.0 * double(count),
                       bytes * double(count), count > 1000, prepare});
    };
    add("Zero", "", 4, Preparing<ZeroCase>(count));
    add("Round", "F32", 8, Preparing<RoundCase>(count, DType::kF32));
    add("Round", "Bf16", 6, Preparing<RoundCase>(count, DType::kBF16));
    add("ClipNorm", "Above", 12, Preparing<ClipNormCase>(count, 0.25));
    add("ClipNorm", "Below", 4, Preparing<ClipNormCase>(count, 4.0));
    add("AdamStep", "", 28, Preparing<AdamCase>(count, AdamCase::Kind::kAdam));
    add("AdamStep", "Decoupled", 28, Preparing<AdamCase>(count, AdamCase::Kind::kAdamW));
    add("AdamaxStep", "", 28, Preparing<AdamCase>(count, AdamCase::Kind::kAdamax));
    add("SgdStep", "", 20, Preparing<SgdCase>(count));
  }
  for (const auto& [rows, d] : {std::pair{1, 1}, {1, 7}, {33, 8}, {2048, 8}}) {
    for (const double free_bits :
         {0.0, 1.08}) {  // above 1.08 for some numbers of the code, below it for others
      for (const bool gradient : {true, false}) {
        const double elements = double(rows * d);
        cases.push_back(
            {"GaussianDivergence",
             fmt::format("{}x{}{}{}", rows, d, free_bits > 0 ? "FreeBits" : "", gradient ? "" : "Value"),
             1e-5, 8 * elements, 16 * elements, rows == 2048 && free_bits == 0 && gradient,
             Preparing<GaussianDivergenceCase>(rows, d, free_bits, gradient)});
      }
    }
  }
  for (const auto& [rows, columns] :
       {std::pair{1, 1}, {1, 9}, {9, 1}, {33, 7}, {64, 300}, {130, 130}, {512, 64}}) {
    const double most = double(std::max(rows, columns)), least = double(std::min(rows, columns));
    cases.push_back({"MuonStep", fmt::format("{}x{}", rows, columns), 1e-4,
                     10 * least * least * (2 * most + least), 20 * most * least, rows == 512,
                     Preparing<MuonCase>(rows, columns)});
  }
  for (int64_t columns : {1, 9, 530, 784}) {
    const int64_t rows = columns == 784 ? 256 : 50;
    cases.push_back({"Gram", fmt::format("{}x{}", rows, columns), 1e-5,
                     2.0 * double(rows * columns * columns), 4.0 * double(rows * columns + columns * columns),
                     columns == 784, Preparing<GramCase>(rows, columns)});
  }
}

void AddNeighbourLoss(std::vector<OperationCase>& cases) {
  struct Row {
    const char* label;
    NeighbourLossCase::Sizes sizes;
    bool benchmark = false;
  };
  // One row, two rows, odd numbers of rows, coincident codes, distances up to 1e5, more rows than are summed
  // in f32; then a training step's.
  const Row rows[] = {{"", {1, 2, 1}},
                      {"", {2, 2, 3}},
                      {"", {33, 1, 5}},
                      {"", {129, 2, 10}},
                      {"", {65, 8, 3}},
                      {"", {47, 64, 1}},
                      {"Whole", {77, 2, 2, true}},
                      {"Far", {100, 2, 150}},
                      {"", {4200, 2, 30}},
                      {"", {2048, 2, 30}, true},
                      {"", {2048, 8, 10}, true},
                      {"", {2048, 64, 3}, true}};
  const std::pair<const char*, NeighbourLossSettings> kinds[] = {
      {"InfoNce", {.repulsion = Repulsion::kInfoNce, .rho = 4, .scale = 0.75}},
      {"Negative", {.repulsion = Repulsion::kNegative, .s = 3.5, .scale = 1.25}},
      {"Cosine", {.repulsion = Repulsion::kCosine, .temperature = 0.3}}};
  for (const auto& [label, sizes, benchmark] : rows) {
    for (const auto& [kind, settings] : kinds) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        for (const bool gradient : {true, false}) {
          const double pairs = double(sizes.N) * double(sizes.N), d = double(sizes.d);
          cases.push_back({"NeighbourLoss",
                           fmt::format("{}{}{}x{}{}{}", label, kind, sizes.N, sizes.d, TitleCase(Name(dtype)),
                                       gradient ? "" : "Value"),
                           Tolerance(dtype), pairs * (gradient ? 9 * d + 10 : 3 * d + 4),
                           double(ByteSize(dtype)) * 3 * double(sizes.N) * d,
                           benchmark && gradient && dtype == DType::kF32,
                           Preparing<NeighbourLossCase>(sizes, dtype, settings, gradient)});
        }
      }
    }
  }
}

void AddCorrelationLoss(std::vector<OperationCase>& cases) {
  struct Row {
    const char* label;
    CorrelationLossCase::Sizes sizes;
    bool benchmark = false;
  };
  // One row and two, which have equal distances; odd numbers; coincident codes; equal images; more pixels
  // than are summed in f32; then a training step's.
  const std::vector<int64_t> one = {1}, two = {1, 2}, three = {1, 2, 3}, four = {1, 2, 3, 4};
  const Row rows[] = {{"", {one, 1, 3, 2}},
                      {"", {one, 2, 3, 2}},
                      {"", {four, 5, 1, 1}},
                      {"", {two, 33, 7, 5}},
                      {"Whole", {four, 77, 20, 2, true}},
                      {"EqualImages", {three, 40, 9, 2, false, true}},
                      {"", {three, 20, 5000, 64}},
                      {"", {four, 2048, 784, 2}, true},
                      {"Logarithms", {{1, 17}, 34, 7, 5, false, false, true}},
                      {"LogarithmsWhole", {{1, 39}, 78, 20, 2, true, false, true}},
                      {"LogarithmsEqualImages", {three, 40, 9, 2, false, true, true}},
                      {"Logarithms", {{1, 128}, 256, 784, 8, false, false, true}, true}};
  for (const auto& [label, sizes, benchmark] : rows) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      for (const bool gradient : {true, false}) {
        const double pairs = double(std::ssize(sizes.shifts) * sizes.N), P = double(sizes.P),
                     d = double(sizes.d);
        cases.push_back({"CorrelationLoss",
                         fmt::format("{}{}Of{}x{}x{}{}{}", label, sizes.shifts.size(), sizes.N, sizes.P,
                                     sizes.d, TitleCase(Name(dtype)), gradient ? "" : "Value"),
                         Tolerance(dtype), pairs * (3 * P + (gradient ? 9 * d : 3 * d)),
                         double(ByteSize(dtype)) * double(sizes.N) * (P + 3 * d), benchmark && gradient,
                         Preparing<CorrelationLossCase>(sizes, dtype, gradient)});
      }
    }
  }
}

void AddAugment(std::vector<OperationCase>& cases) {
  // One pixel, odd sides, channels, shifts beyond the image, and images of CIFAR-10's size, which are timed.
  const Shape shapes[] = {{3, 1, 1, 1}, {20, 1, 3, 5}, {30, 3, 9, 7}, {256, 3, 32, 32}};
  const std::pair<std::string, Augmentation> augmentations[] = {
      {"Flip", {.flip = true}},
      {"Shift2", {.shift = 2}},
      {"FlipShift1", {.flip = true, .shift = 1}},
      {"FlipShift20", {.flip = true, .shift = 20}},
      {"Crop", {.crop = 0.05}},
      {"Jitter", {.colour_jitter = 1}},
      {"Grey", {.grey_share = 0.5}},
      {"All", {.flip = true, .shift = 1, .crop = 0.5, .colour_jitter = 0.4, .grey_share = 0.2}}};
  for (const Shape& shape : shapes) {
    for (const auto& [name, augmentation] : augmentations) {
      for (const DType dtype : {DType::kF32, DType::kBF16}) {
        const std::string label = fmt::format("{}Of{}x{}x{}x{}{}", name, shape[0], shape[1], shape[2],
                                              shape[3], TitleCase(Name(dtype)));
        const auto elements = static_cast<double>(shape.size());
        const bool computes = augmentation.crop < 1 || augmentation.recolours();
        cases.push_back({"Augment", label, computes ? Tolerance(dtype) : 0, elements,
                         2 * double(ByteSize(dtype)) * elements, shape[0] == 256,
                         Preparing<AugmentCase>(augmentation, shape, dtype)});
      }
    }
  }
}

void AddCorrupt(std::vector<OperationCase>& cases) {
  // One pixel, odd sides, channels, and images of MNIST's size, which are timed.
  const Shape shapes[] = {{1, 1, 1, 1}, {5, 1, 3, 5}, {3, 3, 9, 7}, {2048, 1, 28, 28}};
  const Corruption corruptions[] = {{CorruptionKind::kGaussian, 0.2},
                                    {CorruptionKind::kOcclusion, 0.3},
                                    {CorruptionKind::kOcclusion, 0.99},
                                    {CorruptionKind::kSaltPepper, 0.4},
                                    {CorruptionKind::kMasking, 0.7}};
  for (const Shape& shape : shapes) {
    for (const Corruption& corruption : corruptions) {
      for (DType dtype : {DType::kF32, DType::kBF16}) {
        const std::string label = fmt::format(
            "{}{}Of{}x{}x{}x{}{}",
            TitleCase(corruption.kind == CorruptionKind::kSaltPepper ? "saltPepper" : Name(corruption.kind)),
            std::lround(100 * corruption.amount), shape[0], shape[1], shape[2], shape[3],
            TitleCase(Name(dtype)));
        const auto elements = static_cast<double>(shape.size());
        cases.push_back({"Corrupt", label, dtype == DType::kF32 ? 1e-5 : 0x1p-8, elements,
                         2 * double(ByteSize(dtype)) * elements, shape[0] == 2048,
                         Preparing<CorruptCase>(corruption, shape, dtype)});
      }
    }
  }
}

void AddSsimLoss(std::vector<OperationCase>& cases) {
  // Sides above, at and below the size of the window, odd and even, down to one pixel; then a training
  // step's.
  const Shape shapes[] = {{5, 1, 28, 28}, {3, 3, 13, 17}, {1, 1, 11, 11}, {2, 2, 8, 20},  {1, 1, 4, 4},
                          {1, 1, 2, 30},  {2, 1, 1, 1},   {1, 1, 1, 9},   {2, 1, 40, 33}, {256, 1, 28, 28}};
  for (const Shape& shape : shapes) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      const std::string label =
          fmt::format("{}x{}x{}x{}{}", shape[0], shape[1], shape[2], shape[3], TitleCase(Name(dtype)));
      const double elements = double(shape.size());
      const auto add = [&](std::string_view kind, std::optional<Activation> gradient,
                           Accumulation accumulation, bool timed) {
        cases.push_back({"SsimLoss", fmt::format("{}{}", label, kind), Tolerance(dtype),
                         elements * (gradient ? 270 : 180), 3 * double(ByteSize(dtype)) * elements, timed,
                         Preparing<SsimLossCase>(shape, dtype, gradient, accumulation)});
      };
      const bool timed = shape[0] == 256;
      add("Value", std::nullopt, Accumulation::kWrite, timed);
      for (const Activation activation : kActivations) {
        const bool sigmoid = activation == Activation::kSigmoid;
        add(TitleCase(Name(activation)), activation, Accumulation::kWrite, timed && sigmoid);
        if (sigmoid) add("SigmoidAdded", activation, Accumulation::kAdd, false);
      }
    }
  }
}

}  // namespace

std::vector<OperationCase> OperationCases() {
  std::vector<OperationCase> cases;
  AddDense(cases);
  AddConvolutions(cases);
  AddElementwise(cases);
  AddNeighbourLoss(cases);
  AddCorrelationLoss(cases);
  AddSsimLoss(cases);
  AddAugment(cases);
  AddCorrupt(cases);
  return cases;
}

}  // namespace hourglass::test
