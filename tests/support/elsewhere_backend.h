// A backend on a second device, for tests of code that must run on every device.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "hourglass/backend/make_backend.h"
#include "support/elsewhere.h"

namespace hourglass::test {

// Computes on Elsewhere: copies the tensors of an operation to the host, calls the CPU backend, and copies
// its outputs back.
class ElsewhereBackend : public Backend {
 public:
  explicit ElsewhereBackend(int threads) : cpu_(MakeBackend({.threads = threads})) {}

  std::string name() const override { return "elsewhere"; }
  int threads() const override { return cpu_->threads(); }
  Device& device() const override { return device_; }

 private:
  static Tensor In(const Tensor& x) { return x.CopyTo(HostDevice()); }

  // A tensor that an operation changes, for as long as the call lasts. May be null.
  class Out {
   public:
    explicit Out(Tensor* there) : there_(there), here_(there ? In(*there) : Tensor()) {}
    explicit Out(Tensor& there) : Out(&there) {}
    ~Out() {
      if (there_ != nullptr) there_->device().CopyFromHost(there_->raw(), here_.raw(), here_.byte_size());
    }
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;
    operator Tensor&() { return here_; }
    operator Tensor*() { return there_ == nullptr ? nullptr : &here_; }

   private:
    Tensor* there_;
    Tensor here_;
  };

  void DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                      Tensor& y) override {
    cpu_->DenseForward(In(x), In(w), In(b), activation, y.dtype(), Out(y));
  }
  void DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                       Tensor& dw, Tensor& db, Tensor* dx) override {
    cpu_->DenseBackward(In(x), In(w), In(y), activation, Out(dy), Out(dw), Out(db), Out(dx));
  }
  void DoConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                     Activation activation, Tensor& y) override {
    cpu_->ConvForward(In(x), In(w), In(b), geometry, activation, y.dtype(), Out(y));
  }
  void DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                      Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) override {
    cpu_->ConvBackward(In(x), In(w), In(y), geometry, activation, Out(dy), Out(dw), Out(db), Out(dx));
  }
  void DoConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                              Activation activation, Tensor& y) override {
    cpu_->ConvTransposeForward(In(x), In(w), In(b), geometry, activation, y.dtype(), Out(y));
  }
  void DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                               const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                               Tensor& db, Tensor* dx) override {
    cpu_->ConvTransposeBackward(In(x), In(w), In(y), geometry, activation, Out(dy), Out(dw), Out(db),
                                Out(dx));
  }
  void DoAdd(const Tensor& x, Tensor& y) override { cpu_->Add(In(x), Out(y)); }
  void DoGelu(const Tensor& x, Tensor& y) override { cpu_->Gelu(In(x), y.dtype(), Out(y)); }
  void DoGeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) override {
    cpu_->GeluGradient(In(x), In(dy), Out(dx));
  }
  void DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                 float probability, const Tensor& x, Tensor& y) override {
    cpu_->Dropout(rng, epoch, ids, first_element, probability, In(x), Out(y));
  }
  void DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
              int64_t term) override {
    cpu_->Loss(loss, In(y), In(target), Out(sums), term);
  }
  void DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target, Activation activation,
                      double weight, Accumulation accumulation, Tensor& dz, Tensor& sums,
                      int64_t term) override {
    cpu_->LossGradient(loss, In(y), In(target), activation, weight, accumulation, Out(dz), Out(sums), term);
  }
  void DoNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                       std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                       int64_t term) override {
    cpu_->NeighbourLoss(settings, In(z), partners, weight, Out(dz), Out(sums), term);
  }
  void DoCorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z, double weight,
                         Tensor* dz, Tensor& sums, int64_t term) override {
    cpu_->CorrelationLoss(settings, In(x), In(z), weight, Out(dz), Out(sums), term);
  }
  void DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                  Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) override {
    cpu_->SsimLoss(In(y), In(target), activation, weight, accumulation, Out(dz), Out(sums), term);
  }
  void DoSampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids, const Tensor& moments,
                     Tensor& z) override {
    cpu_->SampleCodes(rng, epoch, ids, In(moments), z.dtype(), Out(z));
  }
  void DoSampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                             const Tensor& moments, const Tensor& dz, Tensor& dmoments) override {
    cpu_->SampleCodesGradient(rng, epoch, ids, In(moments), In(dz), Out(dmoments));
  }
  void DoGaussianDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments,
                            Tensor& sums, int64_t term) override {
    cpu_->GaussianDivergence(free_bits, In(moments), weight, Out(dmoments), Out(sums), term);
  }
  bool DoAllFinite(const Tensor& x) override { return cpu_->AllFinite(In(x)); }
  void DoZero(Tensor& x) override { cpu_->Zero(Out(x)); }
  void DoRound(const Tensor& x, Tensor& y) override { cpu_->Round(In(x), y.dtype(), Out(y)); }
  void DoClipNorm(double limit, Tensor& x) override { cpu_->ClipNorm(limit, Out(x)); }
  void DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                  Tensor& params, Tensor& m, Tensor& v) override {
    cpu_->AdamStep(settings, learning_rate, step, In(grads), Out(params), Out(m), Out(v));
  }
  void DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                    Tensor& params, Tensor& m, Tensor& u) override {
    cpu_->AdamaxStep(settings, learning_rate, step, In(grads), Out(params), Out(m), Out(u));
  }
  void DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                 Tensor& velocity) override {
    cpu_->SgdStep(settings, learning_rate, In(grads), Out(params), Out(velocity));
  }
  void DoMuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                  Tensor& velocity) override {
    cpu_->MuonStep(settings, learning_rate, In(grads), Out(params), Out(velocity));
  }
  void DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) override {
    cpu_->GatherPixels(In(images), ids, x.dtype(), Out(x));
  }
  void DoMixRows(const Tensor& other, std::span<const float> shares, Tensor& x) override {
    cpu_->MixRows(In(other), shares, Out(x));
  }
  void DoAugment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                 std::span<const int64_t> ids, const Tensor& x, Tensor& y) override {
    cpu_->Augment(augmentation, rng, epoch, ids, In(x), Out(y));
  }
  void DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
                 Tensor& x) override {
    cpu_->Corrupt(corruption, rng, epoch, ids, Out(x));
  }
  void DoGram(const Tensor& x, Tensor& g) override { cpu_->Gram(In(x), Out(g)); }

  mutable Elsewhere device_;
  std::unique_ptr<Backend> cpu_;
};

}  // namespace hourglass::test
