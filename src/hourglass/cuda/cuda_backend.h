// The operations of training on a GPU, by CUDA; for tests, on an emulation of it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "hourglass/backend/backend.h"
#include "hourglass/backend/gpu_module.h"
#include "hourglass/cuda/launcher.h"

namespace hourglass::cuda {

// The memory of a stream's device.
class StreamDevice : public Device {
 public:
  StreamDevice(std::string name, Stream& stream) : name_(std::move(name)), stream_(stream) {}

  std::string name() const override { return name_; }
  void* Allocate(size_t bytes) override { return stream_.Allocate(bytes); }
  void Free(void* memory) noexcept override { stream_.Free(memory); }
  void CopyFromHost(void* to, const void* from, size_t bytes) override {
    stream_.CopyFromHost(to, from, bytes);
  }
  void CopyToHost(void* to, const void* from, size_t bytes) override { stream_.CopyToHost(to, from, bytes); }

 private:
  std::string name_;
  Stream& stream_;
};

class CudaBackend : public Backend {
 public:
  // On the device of `stream`, whose name is "cuda:0".
  CudaBackend(std::string name, std::unique_ptr<Stream> stream, const GpuOptions& options)
      : stream_(std::move(stream)),
        device_(std::move(name), *stream_),
        launcher_(*stream_, kLaunchLimits, options.tf32),
        options_(options) {}

  std::string name() const override { return device_.name(); }
  int threads() const override { return options_.threads; }
  Device& device() const override { return device_; }
  void EndStep() override { options_.record_steps ? stream_->EndStep() : stream_->Send(); }
  const Stream& stream() const { return *stream_; }

 private:
  void DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                      Tensor& y) override;
  void DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                       Tensor& dw, Tensor& db, Tensor* dx) override;
  void DoGram(const Tensor& x, Tensor& g) override;
  void DoConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                     Activation activation, Tensor& y) override;
  void DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                      Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) override;
  void DoConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                              Activation activation, Tensor& y) override;
  void DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                               const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                               Tensor& db, Tensor* dx) override;
  void DoAdd(const Tensor& x, Tensor& y) override;
  void DoGelu(const Tensor& x, Tensor& y) override;
  void DoGeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) override;
  bool DoAllFinite(const Tensor& x) override;
  void DoZero(Tensor& x) override;
  void DoRound(const Tensor& x, Tensor& y) override;
  void DoClipNorm(double limit, Tensor& x) override;
  void DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) override;
  void DoMixRows(const Tensor& other, std::span<const float> shares, Tensor& x) override;
  void DoAugment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                 std::span<const int64_t> ids, const Tensor& x, Tensor& y) override;
  void DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
                 Tensor& x) override;
  void DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                 float probability, const Tensor& x, Tensor& y) override;
  void DoSampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids, const Tensor& moments,
                     Tensor& z) override;
  void DoSampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                             const Tensor& moments, const Tensor& dz, Tensor& dmoments) override;
  void DoGaussianDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments,
                            Tensor& sums, int64_t term) override;
  void DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
              int64_t term) override;
  void DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target, Activation activation,
                      double weight, Accumulation accumulation, Tensor& dz, Tensor& sums,
                      int64_t term) override;
  void DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                  Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) override;
  void DoNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                       std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                       int64_t term) override;
  void DoCorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z, double weight,
                         Tensor* dz, Tensor& sums, int64_t term) override;
  void DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                  Tensor& params, Tensor& m, Tensor& v) override;
  void DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                    Tensor& params, Tensor& m, Tensor& u) override;
  void DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                 Tensor& velocity) override;
  void DoMuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                  Tensor& velocity) override;

  std::unique_ptr<Stream> stream_;
  mutable StreamDevice device_;
  Launcher launcher_;
  GpuOptions options_;
};

}  // namespace hourglass::cuda
