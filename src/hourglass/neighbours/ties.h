// Scores that do not hang on the order of the data: where points are equally far, any of them may be among
// the k nearest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// The neighbours of points, and what their lists do not show: how large the groups of equally far points are
// that lists end in.
struct TiedNeighbours {
  const Tensor& points;
  const Neighbours& nearest;
  // [n]: how many others are exactly as far as the last listed, where the largest k's last is as far as it;
  // 0 elsewhere: there the list shows the whole group of the k-th.
  std::vector<int64_t> last_groups;
};

// For neighbourhoods of up to k points, k < nearest.k. Points in equal places are counted once; where many
// different points have groups beyond their lists, the work is at most that of all distances.
TiedNeighbours WithLastGroups(const Tensor& points, const Neighbours& nearest, int64_t k, int threads);

// For each of `ks` the mean over the points of what |N_k ∩ M_k| / k is on average when the order of equally
// far points is drawn anew around every point, independently in input and code: those nearer than the k-th
// are in for certain, those as far as it with the probability (k - number of nearer) / number as far. Equal
// to Q_NX(k) where there are no ties. ks up to the k that the groups were counted for.
std::vector<double> ExpectedRecall(const TiedNeighbours& input, const TiedNeighbours& code,
                                   std::span<const int64_t> ks, int threads);

}  // namespace hourglass
