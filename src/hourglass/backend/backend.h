// The operations that training needs, at the level of a layer or of a pass over a buffer. A public function
// checks shapes and types once, throws a usage Error that shows both where they do not fit, and calls a
// private virtual of the same name with `Do` before it; kernels never check.
//
// Letters in shapes: N rows of a batch, I inputs and O outputs of a layer, P pixels of an image; C channels
// of H × W pixels, K × K kernels. "Compute type" is the type of x: f32, or bf16, in which operands and stored
// activations are bf16 and sums f32. Weights are always given in f32; a kernel rounds and packs them as it
// needs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "hourglass/backend/corruption.h"
#include "hourglass/backend/loss/loss.h"
#include "hourglass/core/rng.h"
#include "hourglass/core/tensor.h"

namespace hourglass {

// Activations whose slope follows from their output, so that they can be fused into the layer before them.
enum class Activation { kNone, kRelu, kSigmoid, kTanh };

// Whether a gradient replaces what its tensor holds or is added to it.
enum class Accumulation { kWrite, kAdd };

std::string_view Name(Activation activation);

// How weight decay acts: kL2 adds decay · w to the gradient, kDecoupled multiplies w by 1 - rate · decay
// beside the step (Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019).
enum class DecayKind { kL2, kDecoupled };

// Adam, AdamW and Adamax as PyTorch defines them.
struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  DecayKind decay = DecayKind::kL2;  // Adamax knows only the L2 kind
};

// Gradient descent with momentum as PyTorch defines it; the decay is of the L2 kind.
struct SgdSettings {
  double momentum = 0.0;
  double weight_decay = 0.0;
};

// Height and width of an image.
struct PlaneSize {
  int64_t height = 0;
  int64_t width = 0;

  bool operator==(const PlaneSize&) const = default;
};

// A convolution with square kernels, as PyTorch defines it: output size = (H + 2 padding - kernel) / stride +
// 1, rounded down. Of a transposed one: (H - 1) stride - 2 padding + kernel + output_padding.
struct ConvGeometry {
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t padding = 0;
  PlaneSize output_padding = {};  // of a transposed convolution only; each less than stride

  bool operator==(const ConvGeometry&) const = default;
};

// The size of the output for an input of `size`; 0 or less where the kernel does not fit.
PlaneSize ConvOutputSize(const ConvGeometry& geometry, const PlaneSize& size);
PlaneSize ConvTransposeOutputSize(const ConvGeometry& geometry, const PlaneSize& size);

class Backend {
 public:
  virtual ~Backend() = default;

  // Sets what a backend needs of the calling thread and of the threads that work for it (thread count,
  // denormal mode), and restores what was there at its end. Every operation enters a scope; a caller that
  // holds one around many operations saves the others that work. Use one backend from one thread at a time.
  class Scope {
   public:
    explicit Scope(const Backend& backend);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const Backend* outer_;                 // whose scope the thread was in
    std::shared_ptr<void> settings_ = {};  // restores at its end; null in the backend's own scope
  };

  virtual std::string name() const = 0;
  virtual int threads() const = 0;
  // Where the tensors of its operations lie, those that it resizes and those that it is given.
  virtual Device& device() const { return HostDevice(); }

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

  // y[n,o,h,w] = activation(b[o] + Σ w[o,c,i,j] x[n,c, h·stride - padding + i, w·stride - padding + j]), x
  // being zero outside. x [N, C, H, W] of the compute type; w [O, C, K, K] f32; b [O] f32. Writes y [N, O,
  // H', W'] (resized) of type y_dtype: the compute type or f32.
  void ConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                   Activation activation, DType y_dtype, Tensor& y);
  // The gradients of ConvForward, with the promises of DenseBackward: dy becomes dz, dw and db are added to,
  // dx is written unless null.
  void ConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                    Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx);

  // The transposed convolution: each x[n,c,h,w] adds w[c,o,i,j] times itself to y[n,o, h·stride - padding +
  // i, w·stride - padding + j]; then bias and activation. x [N, C, H, W]; w [C, O, K, K]; otherwise as
  // ConvForward and ConvBackward.
  void ConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                            Activation activation, DType y_dtype, Tensor& y);
  void ConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                             Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx);

  // y = x ∘ mask / (1 - probability), mask 0 with `probability` and else 1: element e of row i is dropped
  // when the uniform number (epoch, ids[i], first_element + e) of `rng` is below it. The same call with dy
  // for x gives the gradient. x [N, …] of the compute type, y (resized) like it; probability in [0, 1);
  // first_element a multiple of 4.
  void Dropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
               float probability, const Tensor& x, Tensor& y);

  // sums[term] += rows · the mean of the loss over all elements of y and target, so that sums over batches
  // weigh every image alike. Added up in f32 within blocks of 4096 elements and in f64 over the blocks. y and
  // target [N, …], both f32 or both bf16; sums [terms] f64, on the backend's device.
  void Loss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums, int64_t term);
  // As Loss, for y = activation(z); also the gradient of weight · mean loss with respect to z. Written to dz
  // (resized, type of y), or added to it when `accumulation` says so.
  void LossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target, Activation activation,
                    double weight, Accumulation accumulation, Tensor& dz, Tensor& sums, int64_t term);

  // Whether no element of x is infinite or NaN. x f32.
  bool AllFinite(const Tensor& x);

  // x = 0. x f32.
  void Zero(Tensor& x);

  // One step of Adam over flat f32 buffers of one size; `step` counts from 1. Writes params, m and v.
  // Source: Kingma & Ba, "Adam", ICLR 2015, algorithm 1; the order of operations is PyTorch's.
  void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                Tensor& params, Tensor& m, Tensor& v);
  // Likewise Adamax, algorithm 2 there; u is the decayed largest |gradient|, to which epsilon is added.
  void AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                  Tensor& params, Tensor& m, Tensor& u);
  // velocity = momentum · velocity + gradient; params -= rate · velocity.
  void SgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
               Tensor& velocity);

  // x[i] = images[ids[i]] / 255 as f32 or bf16 (type `dtype`). images u8 [M, …], x (resized) [ids, …].
  void GatherPixels(const Tensor& images, std::span<const int64_t> ids, DType dtype, Tensor& x);
  // Corrupts the images x [N, C, H, W] in place, as corruption.h defines it; what happens to row i is that of
  // sample ids[i] in `epoch`, whatever the batch. With the numbers of (epoch, sample): gaussian adds amount ·
  // N(0, 1) of number i to value i; occlusion places its square by numbers 0 (row) and 1 (column); the others
  // decide over pixel p by number p.
  void Corrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
               Tensor& x);

  // g += xᵀ x. x [N, P], g [P, P], f32. The covariance of PCA is made of it.
  void Gram(const Tensor& x, Tensor& g);

 private:
  // Sets the threads up for this backend; what it returns restores them when it is destroyed.
  virtual std::shared_ptr<void> DoEnter() const { return std::make_shared<int>(); }
  virtual void DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                              Tensor& y) = 0;
  virtual void DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                               Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) = 0;
  virtual void DoConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                             Activation activation, Tensor& y) = 0;
  virtual void DoConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                              Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) = 0;
  virtual void DoConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b,
                                      const ConvGeometry& geometry, Activation activation, Tensor& y) = 0;
  virtual void DoConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y,
                                       const ConvGeometry& geometry, Activation activation, Tensor& dy,
                                       Tensor& dw, Tensor& db, Tensor* dx) = 0;
  virtual void DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                         float probability, const Tensor& x, Tensor& y) = 0;
  virtual void DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
                      int64_t term) = 0;
  virtual void DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target,
                              Activation activation, double weight, Accumulation accumulation, Tensor& dz,
                              Tensor& sums, int64_t term) = 0;
  virtual bool DoAllFinite(const Tensor& x) = 0;
  virtual void DoZero(Tensor& x) = 0;
  virtual void DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step,
                          const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) = 0;
  virtual void DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step,
                            const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) = 0;
  virtual void DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads,
                         Tensor& params, Tensor& velocity) = 0;
  virtual void DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) = 0;
  virtual void DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch,
                         std::span<const int64_t> ids, Tensor& x) = 0;
  virtual void DoGram(const Tensor& x, Tensor& g) = 0;
};

}  // namespace hourglass
