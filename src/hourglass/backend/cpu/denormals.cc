#include "hourglass/backend/cpu/denormals.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace hourglass::cpu {
namespace {

void FlushInThisThread() {
#if defined(__x86_64__)
  constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  _mm_setcsr(_mm_getcsr() | kFlushToZero | kDenormalsAreZero);
#endif
}

}  // namespace

void FlushDenormals(int threads) {
  FlushInThisThread();  // threads that are created later inherit it
#pragma omp parallel num_threads(threads)
  FlushInThisThread();
}

}  // namespace hourglass::cpu
