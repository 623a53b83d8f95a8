#include "hourglass/cuda/slope.h"

#include "hourglass/backend/cpu/with_compute_type.h"
#include "hourglass/cuda/activation.h"
#include "hourglass/cuda/row_sums.h"

namespace hourglass::cuda {
namespace {

// y and dy [images, outputs, plane].
template <class T>
void MultiplyAndSum(Launcher& launcher, Activation activation, int64_t images, int64_t outputs, int64_t plane,
                    const T* y, T* dy, float* db) {
  const auto gradient = [=] __device__(int64_t place, int64_t output) {
    const int64_t i = (place / plane * outputs + output) * plane + place % plane;
    const float dz = Load(dy + i) * Slope(activation, Load(y + i));
    Store(dz, dy + i);
    return dz;
  };
  SumRows(launcher, images * plane, outputs, gradient, db);
}

}  // namespace

void MultiplyBySlope(Launcher& launcher, Activation activation, const Tensor& y, Tensor& dy, Tensor& db) {
  cpu::WithComputeType(y.dtype(), [&]<class T>() {
    MultiplyAndSum(launcher, activation, y.rows(), db.size(), y.row_size() / db.size(), Elements<T>(y),
                   Elements<T>(dy), Elements<float>(db));
  });
}

}  // namespace hourglass::cuda
