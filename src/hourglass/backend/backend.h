// The operations of training: each is one layer, or one pass over a buffer. A public function checks shapes
// and types, and throws a usage Error that shows them if they do not match. It then calls the private virtual
// function of the same name with the prefix `Do`. Kernels never check.
//
// Letters in shapes: N rows of a batch, I inputs and O outputs of a layer, P pixels of an image; C channels
// of H × W pixels, K × K kernels. "Compute type" is the type of x: f32 or bf16. With bf16, operands and
// stored activations are bf16 and sums are f32. Weights are always given in f32; a kernel rounds and packs
// them as needed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "hourglass/backend/augmentation.h"
#include "hourglass/backend/corruption.h"
#include "hourglass/backend/loss/loss.h"
#include "hourglass/core/rng.h"
#include "hourglass/core/tensor.h"

namespace hourglass {

// Activations whose slope follows from their output, so that they can be fused into the layer before them.
enum class Activation { kNone, kRelu, kLeakyRelu, kSigmoid, kTanh };
inline constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu, Activation::kLeakyRelu,
                                              Activation::kSigmoid, Activation::kTanh};

// Of leaky ReLU below 0, as in PyTorch. Kernels rely on it being between 0 and 1.
inline constexpr double kLeakySlope = 0.01;

// Whether a gradient overwrites its tensor or is added to it.
enum class Accumulation { kWrite, kAdd };

std::string_view Name(Activation activation);

// How weight decay acts: kL2 adds decay · w to the gradient, kDecoupled multiplies w by 1 - rate · decay
// separately from the step (Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019).
enum class DecayKind { kL2, kDecoupled };

// Adam, AdamW and Adamax as PyTorch defines them.
struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  DecayKind decay = DecayKind::kL2;  // Adamax supports only the L2 kind
};

// Gradient descent with momentum as PyTorch defines it; the decay is always kL2.
struct SgdSettings {
  double momentum = 0.0;
  double weight_decay = 0.0;
};

// Muon, whose steps turn the momentum of a matrix into the nearest matrix with equal singular values.
struct MuonSettings {
  double momentum = 0.95;
  double weight_decay = 0.0;  // of the decoupled kind
};

// X → X (a + b XᵀX + c (XᵀX)²) moves all singular values of X towards 1: of those between 0.002 and 1, five
// iterations make numbers between 0.68 and 1.21. Source of the coefficients: Jordan et al., "Muon: an
// optimizer for hidden layers in neural networks", 2024.
struct MuonPolynomial {
  float a = 3.4445f, b = -4.7750f, c = 2.0315f;
};
inline constexpr MuonPolynomial kMuonPolynomial;
inline constexpr int kMuonIterations = 5;
inline constexpr double kMuonEpsilon = 1e-7;  // added to a norm

// Makes steps as long as Adam's usually are, so that the same learning rates suit both. Source: Liu et al.,
// "Muon is scalable for LLM training", 2025, section 2.2.
double MuonScale(int64_t rows, int64_t columns);

// How the neighbour loss pushes codes apart: by the sum over all other rows (InfoNC-t-SNE), or by each of
// them as a negative sample (Neg-t-SNE); or by the sum over the directions of all others (SimCLR).
enum class Repulsion { kInfoNce, kNegative, kCosine };
inline constexpr double kLeastTemperature = 0.05;  // below, sums of f32 could be 0

// The numbers that shape the neighbour loss; see Backend::NeighbourLoss. All above 0 and finite.
struct NeighbourLossSettings {
  Repulsion repulsion = Repulsion::kInfoNce;
  double rho = 1;            // kInfoNce: 1 as t-SNE, larger repels less, about 4 as UMAP
  double s = 1;              // kNegative: larger repels less
  double scale = 1;          // of codes, but for kCosine: they are compared as if multiplied by it
  double temperature = 0.5;  // kCosine: larger repels far rows more
};

// The pairs and distances of the correlation loss; see Backend::CorrelationLoss.
struct CorrelationSettings {
  std::span<const int64_t> shifts;  // from a row to those that it is compared with
  bool logarithms = false;          // of distances, so that near pairs count as much as far ones
};

// Height and width of an image.
struct PlaneSize {
  int64_t height = 0;
  int64_t width = 0;

  bool operator==(const PlaneSize&) const = default;
};

// A convolution with square kernels, as PyTorch defines it: output size = (H + 2 padding - kernel) / stride +
// 1, rounded down; for a transposed convolution, (H - 1) stride - 2 padding + kernel + output_padding.
struct ConvGeometry {
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t padding = 0;
  PlaneSize output_padding = {};  // transposed convolutions only; each less than stride

  bool operator==(const ConvGeometry&) const = default;
};

// The size of the output for an input of `size`; 0 or less if the kernel does not fit.
PlaneSize ConvOutputSize(const ConvGeometry& geometry, const PlaneSize& size);
PlaneSize ConvTransposeOutputSize(const ConvGeometry& geometry, const PlaneSize& size);

class Backend {
 public:
  virtual ~Backend() = default;

  // Applies the backend's settings (thread count, denormal mode) to the calling thread and its worker
  // threads. Restores the old settings when destroyed. Every operation enters a scope; hold one around many
  // operations to do this work only once. Use a backend from one thread at a time.
  class Scope {
   public:
    explicit Scope(const Backend& backend);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const Backend* outer_;                 // the backend whose scope the thread was in before
    std::shared_ptr<void> settings_ = {};  // restores when destroyed; null if already in this backend's scope
  };

  virtual std::string name() const = 0;
  virtual int threads() const = 0;
  // The device of all input and output tensors.
  virtual Device& device() const { return HostDevice(); }

  // Ends a step of training or measuring. A device may run the next one faster if it is the same but for the
  // numbers.
  virtual void EndStep() {}
  // The layout in which convolutions read and write fastest. Only they, Add, Gelu and GeluGradient accept
  // tensors in groups.
  virtual RowLayout conv_layout() const { return RowLayout::kRows; }

  // Weights [O, I] of a dense layer that all parts of a batch use; `backward`: also for the gradient dx.
  struct SharedWeight {
    const Tensor* w;
    bool backward;
  };
  // A batch to be computed in parts. Weights that are announced here are packed only once.
  struct Split {
    int64_t rows;
    DType compute_type;
    std::span<const SharedWeight> weights;
  };
  // Consecutive rows of a batch: from `begin` on. Parts of the same index always have the same backend.
  struct Part {
    Backend& backend;
    int64_t index, begin, rows;
  };
  // Another way to run a sequence of operations on a batch of many rows: instead of one operation on all rows
  // after the other, each part of the rows goes through all of them, and threads do not wait for each other
  // in between. Calls work(part) once for each of at most max_parts() parts, side by side. In `work`, use
  // only layers, dropout, samples of codes and losses, and only part.backend, for the rows of the part. All
  // parts must make the same calls, and each dw and db may occur in only one of them. Results are those of
  // one call for all rows; dw, db and sums are complete when InParts returns: leave all other tensors as they
  // are until then. Parameters must not change. `work` is called from several threads at once. Rethrows what
  // it throws; gradients and sums are then undefined.
  void InParts(const Split& split, const std::function<void(const Part&)>& work);
  virtual int max_parts() const { return 1; }

  // y = activation(x wᵀ + b). x [N, …] with I elements per row, of the compute type; w [O, I] f32; b [O] f32.
  // Writes y [N, O] (resized) of type y_dtype: the compute type or f32.
  void DenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation, DType y_dtype,
                    Tensor& y);

  // With dz = dy ∘ activation'(y): dw = dzᵀ x, db = the column sums of dz and, unless dx is null, dx = dz w.
  // x, y and dy are of the compute type, in the shapes of DenseForward; dy is consumed: it holds dz on
  // return. Writes dw [O, I] and db [O], f32, and dx [N, I] (compute type, resized). Slopes from the output:
  // y > 0 (ReLU), 1 if y > 0 else kLeakySlope (leaky ReLU), y(1 - y) (sigmoid), 1 - y² (tanh).
  void DenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation, Tensor& dy,
                     Tensor& dw, Tensor& db, Tensor* dx);

  // y[n,o,h,w] = activation(b[o] + Σ w[o,c,i,j] x[n,c, h·stride - padding + i, w·stride - padding + j]), x
  // being zero outside. x [N, C, H, W] of the compute type; w [O, C, K, K] f32; b [O] f32. Writes y [N, O,
  // H', W'] (resized) in y_format: of the compute type or f32, in rows or in conv_layout().
  void ConvForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                   Activation activation, Format y_format, Tensor& y);
  // The gradients of ConvForward, under the same contract as DenseBackward: dy becomes dz; dw, db and, unless
  // null, dx are written. dy has the layout of y, and dx gets that of x. What fills up the last group must be
  // finite in x and y, and zero in dy; it becomes zero in dx.
  void ConvBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                    Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx);

  // The transposed convolution: each x[n,c,h,w] adds w[c,o,i,j] times itself to y[n,o, h·stride - padding +
  // i, w·stride - padding + j]; then bias and activation. x [N, C, H, W]; w [C, O, K, K]; otherwise as
  // ConvForward and ConvBackward.
  void ConvTransposeForward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvGeometry& geometry,
                            Activation activation, Format y_format, Tensor& y);
  void ConvTransposeBackward(const Tensor& x, const Tensor& w, const Tensor& y, const ConvGeometry& geometry,
                             Activation activation, Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx);

  // y += x, computed in f32. x and y: two tensors of the same shape and compute type, each in rows or in
  // conv_layout(). What fills up the last group of y stays finite, and zero if it is zero in both.
  void Add(const Tensor& x, Tensor& y);

  // y = x Φ(x), the Gaussian error linear unit in its exact form; Φ is the distribution function of the
  // standard normal distribution. x of the compute type, in rows or in conv_layout(). Writes y (resized) in
  // the layout of x, of type y_dtype: the compute type or f32. What fills up the last group stays finite.
  // Source: Hendrycks & Gimpel, "Gaussian error linear units (GELUs)", arXiv 1606.08415, 2016.
  void Gelu(const Tensor& x, DType y_dtype, Tensor& y);
  // dx = dy ∘ (Φ(x) + x φ(x)), φ being the density of that distribution. x and dy of the same shape, compute
  // type and layout, which dx gets (resized). Zeros that fill up the last group of dy stay zero.
  void GeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx);

  // y = x ∘ mask / (1 - probability); a mask element is 0 with `probability`, else 1. Element e of row i is
  // dropped if the uniform number (epoch, ids[i], first_element + e) of `rng` is below it. Calling it with dy
  // as x gives the gradient. x [N, …] of the compute type; y is resized to match; probability in [0, 1);
  // first_element a multiple of 4; epoch and ids as Rng takes them.
  void Dropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
               float probability, const Tensor& x, Tensor& y);

  // sums[term] += rows · the mean of the loss over all elements of y and target, so that every image has
  // equal weight in sums over batches. Accumulated in f32 within blocks of 4096 elements and in f64 over the
  // blocks. y and target [N, …], both f32 or both bf16, target [N, C, H, W] if channels have weights; sums
  // [terms] f64, on the backend's device.
  void Loss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums, int64_t term);
  // As Loss, for y = activation(z). The gradient of weight · mean loss with respect to z is written to dz
  // (resized, type of y), or added to it, depending on `accumulation`.
  void LossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target, Activation activation,
                    double weight, Accumulation accumulation, Tensor& dz, Tensor& sums, int64_t term);

  // The neighbour loss of codes: draws each row that has a partner towards it, and pushes it away from all
  // other rows. With D_ij = |scale · (z_i - z_j)|² and q_ij = 1 / (1 + D_ij), the loss of row i with partner
  // p is
  //   kInfoNce:  -ln q_ip + (1/rho) ln Σ_{j≠i} q_ij,
  //   kNegative: -ln h_ip - Σ_{j≠i,p} ln(1 - h_ij), with h_ij = 1 / (1 + s (1 + D_ij)),
  //   kCosine:   C_ip + ln Σ_{j≠i} exp(-C_ij), with C_ij = |u_i - u_j|² / (2 temperature) and u = z / |z|, so
  //              that C = (1 - cosine) / temperature; for a code of zeros, u = 0 has no gradient.
  // The loss of a row without a partner is 0, but other rows are still pushed away from it.
  // sums[term] += the sum over the rows. Unless dz is null, dz += weight · the gradient of the mean over the
  // rows. z [N, d] of the compute type, dz likewise; partners: for each row another row, or -1 for none. Sums
  // over up to 4096 rows are in f32, those over such blocks in f64. Not for InParts.
  // Source: Damrich, Böhm, Hamprecht & Kobak, "From t-SNE to UMAP with contrastive learning", ICLR 2023; rho:
  // the exaggeration of t-SNE's attraction, as in Böhm, Berens & Kobak, "Attraction-repulsion spectrum in
  // neighbor embeddings", JMLR 2022; kCosine: Chen et al., "A simple framework for contrastive learning of
  // visual representations", ICML 2020.
  void NeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                     std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                     int64_t term);

  // How badly distances between codes follow those between images: 1 - r, where r is Pearson's correlation of
  // |x_i - x_j| and |z_i - z_j| over the pairs of rows i and j = (i + shift) mod N, for all rows and shifts;
  // or of the logarithms of these distances, each raised to a thousandth of the root mean square of its kind
  // if it is smaller. If all distances of one kind are equal but for rounding (their standard deviation is at
  // most 1e-5 of their mean, or that of their logarithms at most 1e-5), r is 0 and has no gradient. A pair of
  // coincident codes, or one that was raised, has none either, and what distances are raised to counts as
  // constant.
  // sums[term] += N (1 - r). Unless dz is null, dz += weight · the gradient of 1 - r. x [N, …] and z [N, d]
  // of the compute type, dz like z; shifts, at least one, from 1 to N - 1, or 1 if N = 1. Distances are in
  // f32, sums over pairs in f64. Not for InParts.
  void CorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z, double weight,
                       Tensor* dz, Tensor& sums, int64_t term);

  // How unlike each other images and their reconstructions y = activation(z) look: 1 - SSIM, the mean over
  // rows, channels and all positions of the window of backend/ssim.h inside the image. With the weighted
  // means X of the target, Y of y, S of the sum of their squares and M of their product in a window,
  //   SSIM = (2XY + C1) (2(M - XY) + C2) / ((X² + Y² + C1) (S - X² - Y² + C2)),
  // or 1 where rounding makes it more. sums[term] += N (1 - SSIM). Unless dz is null, the gradient of weight
  // · (1 - SSIM) with respect to z is written to dz (resized, type of y), or added to it. target [N, C, H, W]
  // and y [N, …], both f32 or both bf16. Computed in f64, image by image, so that it does not depend on
  // threads; SSIM is accurate to 1e-4 for values up to 10,000.
  void SsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term);

  // The code of a variational autoencoder: z = mean + exp(log variance / 2) ∘ n, or z = mean if `rng` is
  // null. Row i of `moments`, f32 [N, 2d], holds d means, then d logarithms of variances; its n_j is normal
  // number j of (epoch, ids[i]), which only `rng` needs. Writes z [N, d] (resized) of type `dtype`. epoch and
  // ids as Rng takes them. Source: Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014.
  void SampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids, const Tensor& moments,
                   DType dtype, Tensor& z);
  // Writes the gradient of `moments` from that of z, with the same arguments: dmean = dz and
  // d(log variance) = dz ∘ n ∘ exp(log variance / 2) / 2, or 0 if `rng` is null. dz [N, d] f32 or bf16;
  // dmoments like moments (resized).
  void SampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                           const Tensor& moments, const Tensor& dz, Tensor& dmoments);
  // The divergence of these gaussians from the standard normal distribution, KL(N(mean, variance) ‖ N(0, 1)),
  // in nats: D_ij = (mean² + variance - 1 - log variance) / 2. sums[term] += Σ_ij D_ij. Unless dmoments is
  // null, dmoments += weight · the gradient of Σ_ij D_ij / N, but for those numbers j of the code whose mean
  // divergence over the rows is below free_bits (nats, at least 0). For InParts only if free_bits is 0.
  // Sums in f64. Source of free bits: Kingma et al., "Improved variational inference with inverse
  // autoregressive flow", NeurIPS 2016, appendix C.8.
  void GaussianDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments,
                          Tensor& sums, int64_t term);

  // True if all elements of x are finite. x f32.
  bool AllFinite(const Tensor& x);

  // x = 0. x f32.
  void Zero(Tensor& x);
  // y = x, rounded to `dtype` (f32 or bf16). x f32; y is resized to match.
  void Round(const Tensor& x, DType dtype, Tensor& y);
  // x *= min(1, limit / (‖x‖ + 1e-6)), ‖x‖ being the root of the sum of squares, as PyTorch clips gradients.
  // x f32; limit above 0.
  void ClipNorm(double limit, Tensor& x);

  // One step of Adam over flat f32 buffers of equal size; `step` counts from 1. Writes params, m and v.
  // Source: Kingma & Ba, "Adam", ICLR 2015, algorithm 1, with PyTorch's place of epsilon.
  void AdamStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                Tensor& params, Tensor& m, Tensor& v);
  // One step of Adamax, algorithm 2 of the same paper; u is the decayed maximum of |gradient| + epsilon.
  void AdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step, const Tensor& grads,
                  Tensor& params, Tensor& m, Tensor& u);
  // velocity = momentum · velocity + gradient; params -= rate · velocity.
  void SgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
               Tensor& velocity);
  // One step of Muon (see kMuonPolynomial) for one matrix: velocity = momentum · velocity + gradient; X =
  // gradient + momentum · velocity, divided by (the root of its sum of squares + kMuonEpsilon);
  // kMuonIterations iterations of kMuonPolynomial; params = (1 - rate · decay) params - rate · MuonScale · X.
  // All f32 and of the same shape [R, …], a matrix of R rows and M columns. Writes params and velocity. Takes
  // 10 to 15 times min(R, M) multiplications for each element.
  void MuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads, Tensor& params,
                Tensor& velocity);

  // x[i] = images[ids[i]] / 255 as f32 or bf16 (type `dtype`). images u8 [M, …], x (resized) [ids, …].
  void GatherPixels(const Tensor& images, std::span<const int64_t> ids, DType dtype, Tensor& x);
  // Moves each row of x part of the way to the same row of `other`: x[i] += shares[i] · (other[i] - x[i]).
  // x and other [N, …] of f32 or both bf16; one share per row.
  void MixRows(const Tensor& other, std::span<const float> shares, Tensor& x);
  // y (resized) = the images x [N, C, H, W], each changed as defined in augmentation.h: y[c, h, w] = x[c,
  // place of h, place of (mirrored: W - 1 - w, else w)]. The place of h is (h + 1/2) · side + top · H - 1/2 -
  // down, limited to the image, and linear between pixels; that of w likewise, with left and right. Then
  // colours change: with g, the mean of a pixel's channels, y = g + saturation · (y - g), times brightness;
  // then 1/2 + contrast · (y - 1/2), limited to [0, 1]. The change of row i depends on ids[i] and `epoch`,
  // not on the batch. It uses the random numbers of (epoch, sample): 0 (below 2) mirrors if it is 1; 1 and 2
  // (below 2 · shift + 1, less shift) are down and right; side = 1 - (1 - crop) · uniform 3; top and left =
  // (1 - side) · uniform 4 and 5; brightness, contrast and saturation = 1 + colour_jitter · (2 · uniform 6, 7
  // and 8 - 1); uniform 9 below grey_share makes the saturation 0. y must not be x.
  void Augment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
               const Tensor& x, Tensor& y);
  // Corrupts the images x [N, C, H, W] in place, as defined in corruption.h. The corruption of row i depends
  // on ids[i] and `epoch`, not on the batch. It uses the random numbers of (epoch, sample): gaussian adds
  // amount · normal number i to value i; occlusion places its square by numbers 0 (row) and 1 (column); the
  // others decide pixel p by number p. epoch and ids as Rng takes them.
  void Corrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch, std::span<const int64_t> ids,
               Tensor& x);

  // g += xᵀ x. x [N, P]; g [P, P], symmetric; f32. Used for the covariance of PCA.
  void Gram(const Tensor& x, Tensor& g);

 private:
  // Sets up the threads for this backend; destroying the result restores them.
  virtual std::shared_ptr<void> DoEnter() const { return std::make_shared<int>(); }
  virtual void RunParts(const Split& split, const std::function<void(const Part&)>& work) {
    work({*this, 0, 0, split.rows});
  }
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
  virtual void DoAdd(const Tensor& x, Tensor& y) = 0;
  virtual void DoGelu(const Tensor& x, Tensor& y) = 0;
  virtual void DoGeluGradient(const Tensor& x, const Tensor& dy, Tensor& dx) = 0;
  virtual void DoDropout(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, uint32_t first_element,
                         float probability, const Tensor& x, Tensor& y) = 0;
  virtual void DoLoss(const LossSettings& loss, const Tensor& y, const Tensor& target, Tensor& sums,
                      int64_t term) = 0;
  virtual void DoLossGradient(const LossSettings& loss, const Tensor& y, const Tensor& target,
                              Activation activation, double weight, Accumulation accumulation, Tensor& dz,
                              Tensor& sums, int64_t term) = 0;
  virtual void DoNeighbourLoss(const NeighbourLossSettings& settings, const Tensor& z,
                               std::span<const int32_t> partners, double weight, Tensor* dz, Tensor& sums,
                               int64_t term) = 0;
  virtual void DoCorrelationLoss(const CorrelationSettings& settings, const Tensor& x, const Tensor& z,
                                 double weight, Tensor* dz, Tensor& sums, int64_t term) = 0;
  virtual void DoSsimLoss(const Tensor& y, const Tensor& target, Activation activation, double weight,
                          Accumulation accumulation, Tensor* dz, Tensor& sums, int64_t term) = 0;
  virtual void DoSampleCodes(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                             const Tensor& moments, Tensor& z) = 0;
  virtual void DoSampleCodesGradient(const Rng* rng, uint32_t epoch, std::span<const int64_t> ids,
                                     const Tensor& moments, const Tensor& dz, Tensor& dmoments) = 0;
  virtual void DoGaussianDivergence(double free_bits, const Tensor& moments, double weight, Tensor* dmoments,
                                    Tensor& sums, int64_t term) = 0;
  virtual bool DoAllFinite(const Tensor& x) = 0;
  virtual void DoZero(Tensor& x) = 0;
  virtual void DoRound(const Tensor& x, Tensor& y) = 0;
  virtual void DoClipNorm(double limit, Tensor& x) = 0;
  virtual void DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step,
                          const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) = 0;
  virtual void DoAdamaxStep(const AdamSettings& settings, double learning_rate, int64_t step,
                            const Tensor& grads, Tensor& params, Tensor& m, Tensor& u) = 0;
  virtual void DoSgdStep(const SgdSettings& settings, double learning_rate, const Tensor& grads,
                         Tensor& params, Tensor& velocity) = 0;
  virtual void DoMuonStep(const MuonSettings& settings, double learning_rate, const Tensor& grads,
                          Tensor& params, Tensor& velocity) = 0;
  virtual void DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) = 0;
  virtual void DoMixRows(const Tensor& other, std::span<const float> shares, Tensor& x) = 0;
  virtual void DoAugment(const Augmentation& augmentation, const Rng& rng, uint32_t epoch,
                         std::span<const int64_t> ids, const Tensor& x, Tensor& y) = 0;
  virtual void DoCorrupt(const Corruption& corruption, const Rng& rng, uint32_t epoch,
                         std::span<const int64_t> ids, Tensor& x) = 0;
  virtual void DoGram(const Tensor& x, Tensor& g) = 0;
};

}  // namespace hourglass
