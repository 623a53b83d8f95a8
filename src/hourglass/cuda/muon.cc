#include "hourglass/cuda/muon.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "hourglass/cuda/matmul.h"

namespace hourglass::cuda {
namespace {

void AccumulateMomentum(Launcher& launcher, int64_t count, float momentum, const float* g, float* v,
                        float* x) {
  launcher.Loop(count, [=] __device__(int64_t i) {
    v[i] = momentum * v[i] + g[i];
    x[i] = g[i] + momentum * v[i];
  });
}

void DivideByNorm(Launcher& launcher, int64_t count, float* x) {
  Buffer<double> sum(launcher.stream(), 1);
  double* squares = sum.data();
  launcher.Sum(
      count, [=] __device__(int64_t i) { return double{x[i]} * x[i]; }, squares);
  launcher.Loop(count, [=] __device__(int64_t i) {
    x[i] *= static_cast<float>(1 / (std::sqrt(*squares) + kMuonEpsilon));
  });
}

// square = a + b gram + c square; both [size, size].
void EvaluatePolynomial(Launcher& launcher, int64_t size, const float* gram, float* square) {
  const MuonPolynomial p = kMuonPolynomial;
  launcher.Loop(size * size, [=] __device__(int64_t i) {
    square[i] = p.b * gram[i] + p.c * square[i] + (i / size == i % size ? p.a : 0);
  });
}

// A column-major matrix. Muon commutes with transposition, so a row-major matrix may be passed as its
// transpose.
struct MuonMatrix {
  int64_t rows, columns;

  int64_t size() const { return rows * columns; }
  int64_t smaller() const { return std::min(rows, columns); }
};

// next = x p(xᵀ x), or p(x xᵀ) x, which is the same and less work if x has fewer rows than columns.
void IterateMuon(Launcher& launcher, const MuonMatrix& of, const float* x, float* gram, float* square,
                 float* next) {
  const int64_t size = of.smaller();
  const bool tall = of.rows >= of.columns;
  Run(launcher, {.m = size,
                 .n = size,
                 .k = of.size() / size,
                 .a = x,
                 .lda = of.rows,
                 .transpose_a = tall,
                 .b = x,
                 .ldb = of.rows,
                 .transpose_b = !tall,
                 .c = gram,
                 .ldc = size});
  Run(launcher, {.m = size,
                 .n = size,
                 .k = size,
                 .a = gram,
                 .lda = size,
                 .b = gram,
                 .ldb = size,
                 .c = square,
                 .ldc = size});
  EvaluatePolynomial(launcher, size, gram, square);
  Run(launcher, {.m = of.rows,
                 .n = of.columns,
                 .k = size,
                 .a = tall ? x : square,
                 .lda = of.rows,
                 .b = tall ? square : x,
                 .ldb = size,
                 .c = next,
                 .ldc = of.rows});
}

// What changes from step to step.
struct MuonNumbers {
  float kept, rate;
};

void UpdateMuonParams(Launcher& launcher, int64_t count, const MuonNumbers& numbers, const float* x,
                      float* p) {
  const MuonNumbers* now = launcher.stream().StepInput(std::span(&numbers, 1));
  launcher.Loop(count, [=] __device__(int64_t i) { p[i] = now->kept * p[i] - now->rate * x[i]; });
}

}  // namespace

void MuonStep(Launcher& launcher, const MuonSettings& settings, double learning_rate, const Tensor& grads,
              Tensor& params, Tensor& velocity) {
  const MuonMatrix of = {params.row_size(), params.rows()};
  Stream& stream = launcher.stream();
  Buffer<float> one(stream, of.size()), other(stream, of.size());
  Buffer<float> gram(stream, of.smaller() * of.smaller()), square(stream, of.smaller() * of.smaller());
  float *x = one.data(), *next = other.data();
  AccumulateMomentum(launcher, of.size(), static_cast<float>(settings.momentum), Elements<float>(grads),
                     Elements<float>(velocity), x);
  DivideByNorm(launcher, of.size(), x);
  for (int i = 0; i < kMuonIterations; ++i) {
    IterateMuon(launcher, of, x, gram.data(), square.data(), next);
    std::swap(x, next);
  }
  const MuonNumbers numbers = {.kept = static_cast<float>(1 - learning_rate * settings.weight_decay),
                               .rate = static_cast<float>(learning_rate * MuonScale(of.columns, of.rows))};
  UpdateMuonParams(launcher, of.size(), numbers, x, Elements<float>(params));
}

}  // namespace hourglass::cuda
