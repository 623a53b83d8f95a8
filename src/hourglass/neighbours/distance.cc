#include "hourglass/neighbours/distance.h"

namespace hourglass {

std::string_view Name(Distance distance) {
  return distance == Distance::kL1 ? "l1" : "l2";
}

std::string_view Title(Distance distance) {
  return distance == Distance::kL1 ? "L1" : "L2";
}

double DistanceBetween(const Tensor& points, int64_t a, int64_t b, Distance distance) {
  double found = 0;
  WithDistance(points, distance, [&](const auto& between) { found = between(a, b); });
  return found;
}

}  // namespace hourglass
