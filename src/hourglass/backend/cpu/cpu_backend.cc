#include "hourglass/backend/cpu/cpu_backend.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "hourglass/backend/cpu/adam.h"
#include "hourglass/backend/cpu/denormals.h"
#include "hourglass/backend/cpu/loss.h"
#include "hourglass/backend/cpu/parallel.h"
#include "hourglass/backend/cpu/pixels.h"
#include "hourglass/backend/cpu/slope.h"

namespace hourglass {
namespace cpu {
namespace {

constexpr int64_t kElementGrain = 1 << 14;  // elements a thread takes at least: below, waking it costs more
constexpr int64_t kRowGrain = 16;

// Calls work.operator()<T>() with the number type of `dtype`.
template <class Work>
void WithComputeType(DType dtype, const Work& work) {
  if (dtype == DType::kF32) return work.template operator()<float>();
  work.template operator()<BFloat16>();
}

}  // namespace

CpuBackend::CpuBackend(int threads) : threads_(threads) {
  omp_set_num_threads(threads);
  FlushDenormals(threads);
}

void CpuBackend::DoDenseForward(const Tensor& x, const Tensor& w, const Tensor& b, Activation activation,
                                Tensor& y) {
  products_.Forward(x, w, b, activation, y);
}

void CpuBackend::DoDenseBackward(const Tensor& x, const Tensor& w, const Tensor& y, Activation activation,
                                 Tensor& dy, Tensor& dw, Tensor& db, Tensor* dx) {
  ApplySlope(y, activation, dy, db);
  products_.BackwardWeights(x, dy, dw);
  if (dx != nullptr) products_.BackwardData(dy, w, *dx);
}

void CpuBackend::ApplySlope(const Tensor& y, Activation activation, Tensor& dy, Tensor& db) {
  const int64_t O = y.row_size();
  column_sums_.Resize({threads_, O});
  std::ranges::fill(column_sums_.span<float>(), 0.0f);
  WithComputeType(y.dtype(), [&]<class T>() {
    ParallelFor(threads_, y.rows(), kRowGrain, [&](int thread, int64_t begin, int64_t end) {
      MultiplyBySlope(activation, y.data<T>() + begin * O, dy.data<T>() + begin * O, end - begin, O,
                      column_sums_.data<float>() + thread * O);
    });
  });
  for (int thread = 0; thread < threads_; ++thread) {
    const float* sums = column_sums_.data<float>() + thread * O;
    std::transform(sums, sums + O, db.data<float>(), db.data<float>(), std::plus<>());
  }
}

double CpuBackend::DoLoss(LossKind loss, const Tensor& y, const Tensor& target, Tensor* dy) {
  std::vector<double> sums(static_cast<size_t>(threads_), 0.0);
  const auto count = static_cast<double>(y.size());
  WithComputeType(y.dtype(), [&]<class T>() {
    ParallelFor(threads_, y.size(), kElementGrain, [&](int thread, int64_t begin, int64_t end) {
      T* gradient = dy != nullptr ? dy->data<T>() + begin : nullptr;
      sums[static_cast<size_t>(thread)] = SumLoss(loss, y.data<T>() + begin, target.data<T>() + begin,
                                                  end - begin, static_cast<float>(1 / count), gradient);
    });
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0) / count;
}

void CpuBackend::DoAdamStep(const AdamSettings& settings, double learning_rate, int64_t step,
                            const Tensor& grads, Tensor& params, Tensor& m, Tensor& v) {
  ParallelFor(threads_, params.size(), kElementGrain, [&](int, int64_t begin, int64_t end) {
    cpu::AdamStep(settings, learning_rate, step, end - begin, grads.data<float>() + begin,
                  params.data<float>() + begin, m.data<float>() + begin, v.data<float>() + begin);
  });
}

void CpuBackend::DoGatherPixels(const Tensor& images, std::span<const int64_t> ids, Tensor& x) {
  const int64_t P = images.row_size();
  WithComputeType(x.dtype(), [&]<class T>() {
    ParallelFor(threads_, x.rows(), kRowGrain, [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        ScalePixels(images.data<uint8_t>() + ids[static_cast<size_t>(row)] * P, P, x.data<T>() + row * P);
      }
    });
  });
}

void CpuBackend::DoAddGaussianNoise(const Rng& rng, uint32_t epoch, std::span<const int64_t> ids, float sigma,
                                    Tensor& x) {
  const int64_t P = x.row_size();
  WithComputeType(x.dtype(), [&]<class T>() {
    ParallelFor(threads_, x.rows(), 1, [&](int, int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const auto sample = static_cast<uint64_t>(ids[static_cast<size_t>(row)]);
        AddNormals(rng, epoch, sample, sigma, P, x.data<T>() + row * P);
      }
    });
  });
}

// The gradient of a layer's weights with x on both sides.
void CpuBackend::DoGram(const Tensor& x, Tensor& g) {
  products_.BackwardWeights(x, x, g);
}

}  // namespace cpu

std::unique_ptr<Backend> MakeCpuBackend(int threads) {
  // What OpenMP made of OMP_NUM_THREADS and of the cores at hand, before the first backend set another
  // number.
  static const int given = omp_get_max_threads();
  return std::make_unique<cpu::CpuBackend>(threads > 0 ? threads : given);
}

}  // namespace hourglass
