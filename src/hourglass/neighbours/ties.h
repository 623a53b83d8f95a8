// Scores that do not depend on the order of the data: among equally far points, any may belong to the k
// nearest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Neighbour lists, and what they do not show: the size of the group of equally far points in which each list
// ends.
struct TiedNeighbours {
  const Tensor& points;
  const Neighbours& nearest;
  // [n]: how many others are exactly as far as the last listed point, if the largest k's last neighbour is
  // equally far; else 0, because the list then shows the k-th neighbour's whole group.
  std::vector<int64_t> last_groups;
};

// For neighbourhoods of up to k points. Throws a usage Error unless 1 ≤ k < nearest.k and `nearest` has the
// number of `points`. Duplicate points are counted once. If many distinct
// points have groups beyond their lists, the work is at most that of computing all distances.
TiedNeighbours WithLastGroups(const Tensor& points, const Neighbours& nearest, int64_t k, int threads);

// For each of `ks`, the mean over the points of the expected |N_k ∩ M_k| / k if ties are broken at random
// around every point, independently in input and code: points nearer than the k-th are certainly in, points
// as far as it with the probability (k - number nearer) / number equally far. Equals Q_NX(k) without ties. ks
// must not exceed the k for which the groups were counted. Throws a usage Error if input and code differ in
// the number of points or in the distance.
std::vector<double> ExpectedRecall(const TiedNeighbours& input, const TiedNeighbours& code,
                                   std::span<const int64_t> ks, int threads);

}  // namespace hourglass
