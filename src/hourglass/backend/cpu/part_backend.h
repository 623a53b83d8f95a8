// The backend of one part of a batch. It runs each operation on one thread, and keeps what is summed over the
// rows of all parts (gradients of parameters, losses) until all parts are done.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "hourglass/backend/cpu/cpu_backend.h"
#include "hourglass/backend/cpu/packed_weights.h"

namespace hourglass::cpu {

class PartBackend final : public CpuBackend {
 public:
  PartBackend(PairProducts pairs, const PackedWeights& weights)
      : CpuBackend(/*threads=*/1, pairs), weights_(weights) {}

  // Begins a part of `share` of all rows, and forgets the previous one.
  void Begin(double share);
  // Sums up what `parts` have kept, one after the other, where it belongs: the work of one of `team` threads.
  // Throws a Bug if the parts have not made the same calls.
  static void Reduce(std::span<const std::unique_ptr<PartBackend>> parts, int thread, int team);

  Tensor& workspace() { return workspace_; }

 private:
  std::shared_ptr<void> DoEnter() const override { return std::make_shared<int>(); }  // set up for the team
  void DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                      Tensor& y) override;
  void DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                       Tensor& dw, Tensor& db, Tensor* dx) override;
  void DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                      Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) override;
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

  // This part's share of a sum.
  struct Share {
    Tensor value = {};
    Tensor* whole = nullptr;
    Accumulation accumulation = Accumulation::kAdd;  // of the sum in `whole`
  };
  using WeightProduct = std::variant<ColumnsProduct<float>, ColumnsProduct<BFloat16>>;

  // This part's share of the sum that `whole` is to hold, or that is to be added to it; zero at first.
  Tensor& ShareOf(Tensor& whole, Accumulation accumulation);
  template <class Number>
  void MultiplyByWeights(RowsProduct<Number> product);
  void MultiplyParts(std::span<const std::unique_ptr<PartBackend>> parts, int thread, int team);
  template <class Product>
  void MultiplyRowsOf(const Product& product, int64_t begin, int64_t end);

  const PackedWeights& weights_;
  double share_ = 1;
  std::vector<WeightProduct> products_;  // weight gradients of dense layers, still to be computed
  std::deque<Share> shares_;             // only the first shares_used_ belong to this batch
  size_t shares_used_ = 0;
  Tensor workspace_;
};

}  // namespace hourglass::cpu
