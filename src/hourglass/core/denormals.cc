#include "hourglass/core/denormals.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace hourglass {
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

FlushDenormals::FlushDenormals() : mode_(Mode()) {
  SetMode(mode_ | kFlushToZero | kDenormalsAreZero);
}

FlushDenormals::~FlushDenormals() {
  SetMode(mode_);
}

}  // namespace hourglass
