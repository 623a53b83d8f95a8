#include "hourglass/cuda/cuda_backend.h"

#include "hourglass/cuda/code_losses.h"
#include "hourglass/cuda/convolution.h"
#include "hourglass/cuda/dense.h"
#include "hourglass/cuda/element_operations.h"
#include "hourglass/cuda/gaussian_code.h"
#include "hourglass/cuda/images.h"
#include "hourglass/cuda/muon.h"
#include "hourglass/cuda/optimizers.h"
#include "hourglass/cuda/pixel_loss.h"
#include "hourglass/cuda/ssim_loss.h"

namespace hourglass::cuda {

void CudaBackend::DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                                 Tensor& y) {
  cuda::DenseForward(launcher_, x, w, b, activation, y);
}
void CudaBackend::DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                                  Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  cuda::DenseBackward(launcher_, x, w, y, activation, dy, dw, db, dx);
}
void CudaBackend::DoGram(const Tensor& x, Tensor& g) {
  cuda::Gram(launcher_, x, g);
}
void CudaBackend::DoConvForward(const Tensor& x, const Tensor& w, const Tensor& b,
                                const ConvGeometry& geometry, Activation activation, Tensor& y) {
  cuda::ConvForward(launcher_, x, w, b, geometry, activation, y);
}
void CudaBackend::DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                 const ConvGeometry& geometry, Activation activation, Tensor& dy, Tensor& dw,
                                 Tensor& db, Tensor* dx) {
  cuda::ConvBackward(launcher_, x, w, y, geometry, activation, dy, dw, db, dx);
}
void CudaBackend::DoConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b,
                                         const ConvGeometry& geometry, Activation activation, Tensor& y) {
  cuda::ConvTransposeForward(launcher_, x, w, b, geometry, activation, y);
}
void CudaBackend::DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                          const ConvGeometry& geometry, Activation activation, Tensor& dy,
                                          Tensor& dw, Tensor& db, Tensor* dx) {
  cuda::ConvTransposeBackward(launcher_, x, w, y, geometry, activation, dy, dw, db, dx);
}
void CudaBackend::DoAdd(const Tensor& x, Tensor& y) {
  cuda::Add(launcher_, x, y);
}
void CudaBackend::DoGelu(const Tensor& x, Tensor& y) {
  cuda::Gelu(launcher_, x, y);
}
void CudaBackend::DoGeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) {
  cuda::GeluGradient(launcher_, x, dy, dx);
}
bool CudaBackend::DoAllFinite(const Tensor& x) {
  return cuda::AllFinite(launcher_, x);
}
void CudaBackend::DoZero(Tensor& x) {
  cuda::Zero(launcher_, x);
}
void CudaBackend::DoRound(const Tensor& x, Tensor& y) {
  cuda::Round(launcher_, x, y);
}
void CudaBackend::DoClipNorm(double limit, Tensor& x) {
  cuda::ClipNorm(launcher_, limit, x);
}
void CudaBackend::DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) {
  cuda::GatherPixels(launcher_, images, ids, x);
}
void CudaBackend::DoMixRows(const Tensor& other, std::span<const float> shares, Tensor& x) {
  cuda::MixRows(launcher_, other, shares, x);
}
void CudaBackend::DoAugment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                            std::span<const int64_t> ids, const Tensor& x, Tensor& y) {
  cuda::Augment(launcher_, augmentation, rng, epoch, ids, x, y);
}
void CudaBackend::DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch,
                            std::span<const int64_t> ids, Tensor& x) {
  cuda::Corrupt(launcher_, corruption, rng, epoch, ids, x);
}
void CudaBackend::DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
                            uint32_t first_element, float probability, const Tensor& x, Tensor& y) {
  cuda::Dropout(launcher_, rng, epoch, ids, first_element, probability, x, y);
}
void CudaBackend::DoSampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                                const Tensor& moments, Tensor& z) {
  cuda::SampleCodes(launcher_, rng, epoch, ids, moments, z);
}
void CudaBackend::DoSampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                                        const Tensor& moments, const Tensor& dz, Tensor& dmoments) {
  cuda::SampleCodesGradient(launcher_, rng, epoch, ids, moments, dz, dmoments);
}
void CudaBackend::DoGaussianDivergence(double free_bits, const Tensor& moments, double weight,
                                       Tensor* dmoments, Tensor& sums, int64_t term) {
  cuda::GaussianDivergence(launcher_, free_bits, moments, weight, dmoments, sums, term);
}
void CudaBackend::DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
                         int64_t term) {
  cuda::Loss(launcher_, loss, y, target, sums, term);
}
void CudaBackend::DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target,
                                 Activation activation, double weight, Accumulation accumulation, Tensor& dz,
                                 Tensor& sums, int64_t term) {
  cuda::LossGradient(launcher_, loss, y, target, activation, weight, accumulation, dz, sums, term);
}
void CudaBackend::DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                             Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) {
  cuda::SsimLoss(launcher_, y, target, activation, weight, accumulation, dz, sums, term);
}
void CudaBackend::DoNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                                  std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                                  int64_t term) {
  cuda::NeighbourLoss(launcher_, settings, z, partners, weight, dz, sums, term);
}
void CudaBackend::DoCorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z,
                                    double weight, Tensor* dz, Tensor& sums, int64_t term) {
  cuda::CorrelationLoss(launcher_, settings, x, z, weight, dz, sums, term);
}
void CudaBackend::DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step,
                             const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) {
  cuda::AdamStep(launcher_, settings, learning_rate, step, grads, params, m, v);
}
void CudaBackend::DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step,
                               const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) {
  cuda::AdamaxStep(launcher_, settings, learning_rate, step, grads, params, m, u);
}
void CudaBackend::DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads,
                            Tensor& params, Tensor& velocity) {
  cuda::SgdStep(launcher_, settings, learning_rate, grads, params, velocity);
}
void CudaBackend::DoMuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads,
                             Tensor& params, Tensor& velocity) {
  cuda::MuonStep(launcher_, settings, learning_rate, grads, params, velocity);
}

}  // namespace hourglass::cuda
