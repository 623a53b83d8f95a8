// Scores that do not depend on the order of the data: among equally far points, any may belong to the k
// nearest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// Neighbour lists, and the size of the group of equally far points in which each list ends, which the list
// does not show.
struct TiedNeighbours {
  const Tensor& points;
  const Neighbours& nearest;
  // [n]: the number of other points exactly as far as the last listed one, if the k-th neighbour for the
  // largest k is equally far. Else 0, because the list shows that neighbour's whole group.
  std::vector<int64_t> last_groups;
};

// For neighbourhoods of up to k points. Throws a usage Error unless 1 ≤ k < nearest.k and `nearest` has one
// list per point. Duplicate points are counted once. If many distinct points have groups beyond their lists,
// the work is at most that of computing all distances.
TiedNeighbours WithLastGroups(const Tensor& points, const Neighbours& nearest, int64_t k, int threads);

// For each of `ks`, the mean over the points of the expected |N_k ∩ M_k| / k if ties are broken at random
// around every point, independently in input and code: points nearer than the k-th are certain to be in,
// points equally far are in with probability (k - number nearer) / number equally far. Equals Q_NX(k) without
// ties. ks must not exceed the k for which the groups were counted. Throws a usage Error if input and code
// differ in the number of points or in the distance, or if a k is not below the length of their lists.
std::vector<double> ExpectedRecall(const TiedNeighbours& input, const TiedNeighbours& code,
                                   std::span<const int64_t> ks, int threads);

}  // namespace hourglass
