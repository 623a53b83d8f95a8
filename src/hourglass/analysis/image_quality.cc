#include "hourglass/analysis/image_quality.h"

#include <cmath>

namespace hourglass {

double Psnr(double mse) {
  return 10 * std::log10(1 / mse);
}

}  // namespace hourglass
