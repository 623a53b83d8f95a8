// The operations that training needs, at the level of a layer or of a pass over a buffer. A public function
// checks shapes and types once and calls a private virtual of the same name with `Do` before it; kernels
// never check.
//
// Letters in shapes: N rows of a batch, I inputs and O outputs of a layer, P pixels of an image.
// "Compute type" is the type of x: f32, or bf16, in which operands and stored activations are bf16 and sums
// f32. Weights are always given in f32; a kernel rounds and packs them as it needs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "hourglass/core/rng.h"
#include "hourglass/core/tensor.h"

namespace hourglass {

// Activations whose slope follows from their output, so that they can be fused into the layer before them.
enum class Activation { kNone, kRelu, kSigmoid, kTanh };
enum class LossKind { kMse, kL1 };

std::string_view Name(Activation activation);
std::string_view Name(LossKind loss);

// Adam as PyTorch defines it; `weight_decay` is the L2 kind: it is added to the gradient.
struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string name() const = 0;
  virtual int threads() const = 0;

  // y = activation(x wᵀ + b). x [N, …] with I elements a row, of the compute type; w [O, I] f32; b [O] f32.
  // Writes y [N, O] (resized) of type y_dtype: the compute type or f32.
  void DenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation, DType y_dtype,
                    Tensor& y);

  // With dz = dy ∘ activation'(y): dw += dzᵀ x, db += the column sums of dz and, unless dx is null, dx = dz
  // w. x, y and dy are of the compute type, in the shapes of DenseForward; dy is consumed: it holds dz on
  // return. dw [O, I] and db [O] are f32 and added to; dx [N, I] (compute type, resized) is written. Slopes
  // from the output: y > 0 (ReLU), y(1 - y) (sigmoid), 1 - y² (tanh).
  void DenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                     Tensor& dw, Tensor& db, Tensor* dx);

  // The mean over all elements of (y - target)² or |y - target|, summed in f64. y and target [N, …], both f32
  // or both bf16.
  double Loss(LossKind loss, const Tensor& y, const Tensor& target);
  // As Loss, and writes its gradient dy (resized, type of y): 2(y - target)/n or sign(y - target)/n, n =
  // elements.
  double LossGradient(LossKind loss, const Tensor& y, const Tensor& target, Tensor& dy);

  // One step of Adam over flat f32 buffers of one size; `step` counts from 1. Writes params, m and v.
  // Source: Kingma & Ba, "Adam", ICLR 2015, algorithm 1; the order of operations is PyTorch's.
  void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                Tensor& params, Tensor& m, Tensor& v);

  // x[i] = images[ids[i]] / 255 as f32 or bf16 (type `dtype`). images u8 [M, …], x (resized) [ids, …].
  void GatherPixels(const Tensor& images, std::span<const int64_t> ids, DType dtype, Tensor& x);
  // x += sigma · N(0, 1), not clipped; the noise of row i is that of sample ids[i] in `epoch`, whatever the
  // batch.
  void AddGaussianNoise(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, float sigma, Tensor& x);

  // g += xᵀ x. x [N, P], g [P, P], f32. The covariance of PCA is made of it.
  void Gram(const Tensor& x, Tensor& g);

 private:
  virtual void DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                              Tensor& y) = 0;
  virtual void DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                               Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) = 0;
  virtual double DoLoss(LossKind loss, const Tensor& y, const Tensor& target, Tensor* dy) = 0;
  virtual void DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step,
                          const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) = 0;
  virtual void DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) = 0;
  virtual void DoAddGaussianNoise(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, float sigma,
                                  Tensor& x) = 0;
  virtual void DoGram(const Tensor& x, Tensor& g) = 0;
};

// The processor backend. `threads` = 0 takes OMP_NUM_THREADS or else all cores. Sets the calling thread to
// flush denormal numbers to zero; use the backend from that thread.
std::unique_ptr<Backend> MakeCpuBackend(int threads = 0);

// What --precision auto means on this processor: bf16 where it multiplies bf16 faster than f32 (AMX, or
// AVX512-BF16 on AMD), else f32. `reason` says why, in one line.
struct PrecisionChoice {
  DType dtype;
  std::string reason;
};
PrecisionChoice AutoPrecision();

}  // namespace hourglass
