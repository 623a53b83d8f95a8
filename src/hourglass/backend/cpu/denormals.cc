#include "hourglass/backend/cpu/denormals.h"

#include <omp.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace hourglass::cpu {
namespace {

#if defined(__x86_64__)
constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;

unsigned Mode() {
  return _mm_getcsr();
}
void SetMode(unsigned mode) {
  _mm_setcsr(mode);
}
#else
constexpr unsigned kFlushToZero = 0, kDenormalsAreZero = 0;

unsigned Mode() {
  return 0;
}
void SetMode(unsigned) {}
#endif

}  // namespace

FlushDenormals::FlushDenormals(int threads) : modes_(static_cast<size_t>(threads)) {
#pragma omp parallel num_threads(threads)
  {
    unsigned& mode = modes_[static_cast<size_t>(omp_get_thread_num())];
    mode = Mode();
    SetMode(mode | kFlushToZero | kDenormalsAreZero);
  }
}

FlushDenormals::~FlushDenormals() {
#pragma omp parallel num_threads(static_cast <int>(modes_.size()))
  SetMode(modes_[static_cast<size_t>(omp_get_thread_num())]);
}

}  // namespace hourglass::cpu
