#include "hourglass/neighbours/distance.h"

namespace hourglass {
namespace {

template <Distance kDistance>
double Between(const Tensor& points, int64_t a, int64_t b) {
  const int64_t size = points.row_size();
  if (points.dtype() == DType::kU8) {
    const uint8_t* bytes = points.data<uint8_t>();
    return ByteDistance<kDistance>(bytes + a * size, bytes + b * size, size);
  }
  const float* floats = points.data<float>();
  return FloatDistance<kDistance>(floats + a * size, 1, floats + b * size, 1, size);
}

}  // namespace

std::string_view Name(Distance distance) {
  return distance == Distance::kL1 ? "l1" : "l2";
}

std::string_view Title(Distance distance) {
  return distance == Distance::kL1 ? "L1" : "L2";
}

double DistanceBetween(const Tensor& points, int64_t a, int64_t b, Distance distance) {
  return distance == Distance::kL1 ? Between<Distance::kL1>(points, a, b)
                                   : Between<Distance::kL2>(points, a, b);
}

}  // namespace hourglass
