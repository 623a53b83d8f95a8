// The CPU backend: kernels by Highway, on a team of threads.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/cpu/convolution.h"
#include "hourglass/backend/cpu/dense.h"
#include "hourglass/backend/cpu/muon.h"
#include "hourglass/backend/cpu/neighbour_loss.h"
#include "hourglass/backend/cpu/ssim_loss.h"
#include "hourglass/core/team.h"

namespace hourglass::cpu {

class Parts;

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(int threads, PairProducts pairs = SupportedPairProducts().back());
  ~CpuBackend() override;

  std::string name() const override { return "cpu"; }
  int threads() const override { return team_.size(); }
  RowLayout conv_layout() const override { return RowLayout::kGroups; }
  int max_parts() const override { return team_.size(); }

 protected:
  PairProducts pairs() const { return pairs_; }

  std::shared_ptr<void> DoEnter() const override;
  void DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                      Tensor& y) override;
  void DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                       Tensor& dw, Tensor& db, Tensor* dx) override;
  void DoConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                     Activation activation, Tensor& y) override;
  void DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                      Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) override;
  void DoConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                              Activation activation, Tensor& y) override;
  void DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                               const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                               Tensor& db, Tensor* dx) override;
  void DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
              int64_t term) override;
  void DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target, Activation activation,
                      double weight, Accumulation accumulation, Tensor& dz, Tensor& sums,
                      int64_t term) override;
  void DoGaussianDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments,
                            Tensor& sums, int64_t term) override;
  void DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                  Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) override;

 private:
  void RunParts(const Split& split, const std::function<void(const Part&)>& work) override;
  void DoAdd(const Tensor& x, Tensor& y) override;
  void DoGelu(const Tensor& x, Tensor& y) override;
  void DoGeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) override;
  void DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                 float probability, const Tensor& x, Tensor& y) override;
  void DoNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                       std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                       int64_t term) override;
  void DoCorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z, double weight,
                         Tensor* dz, Tensor& sums, int64_t term) override;
  void DoSampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids, const Tensor& moments,
                     Tensor& z) override;
  void DoSampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                             const Tensor& moments, const Tensor& dz, Tensor& dmoments) override;
  bool DoAllFinite(const Tensor& x) override;
  void DoZero(Tensor& x) override;
  void DoRound(const Tensor& x, Tensor& y) override;
  void DoClipNorm(double limit, Tensor& x) override;
  void DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                  Tensor& params, Tensor& m, Tensor& v) override;
  void DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                    Tensor& params, Tensor& m, Tensor& u) override;
  void DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                 Tensor& velocity) override;
  void DoMuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                  Tensor& velocity) override;
  void DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) override;
  void DoMixRows(const Tensor& other, std::span<const float> shares, Tensor& x) override;
  void DoAugment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                 std::span<const int64_t> ids, const Tensor& x, Tensor& y) override;
  void DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
                 Tensor& x) override;
  void DoGram(const Tensor& x, Tensor& g) override;

  // dy becomes dz, and its sums over the rows are added to db. If y has more columns than db has elements,
  // the sums also run over the pixels of a channel.
  void ApplySlope(const Tensor& y, Activation activation, Tensor& dy, Tensor& db);

  // The sum of the loss over all elements. Unless dz is null, the gradient, scaled by weight / elements, is
  // written or added to *dz.
  double SumOfLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Activation activation,
                   double weight, Accumulation accumulation, Tensor* dz);

  Team team_;
  PairProducts pairs_;
  DenseLayers dense_;
  MuonSteps muon_;
  Convolution convolution_;
  NeighbourLossOfCodes neighbour_loss_;
  SsimLossOfImages ssim_loss_;
  Tensor column_sums_;            // [threads, columns], of convolutions
  std::vector<double> sums_;      // one per thread
  std::unique_ptr<Parts> parts_;  // of the last batch that was computed in parts
};

}  // namespace hourglass::cpu
