#include "hourglass/neighbours/ties.h"

#include <omp.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/neighbours/detail/within.h"

namespace hourglass {
namespace {

int ThreadsOf(int threads) {
  return threads > 0 ? threads : omp_get_max_threads();
}

double LastDistance(const Neighbours& nearest, int64_t point) {
  return nearest.DistanceOf(point, nearest.k - 1);
}

// The k nearest neighbours of one point if ties are broken at random.
class DrawnNearest {
 public:
  DrawnNearest(const TiedNeighbours& tied, int64_t point, int64_t k) : tied_(tied), point_(point) {
    const Neighbours& nearest = tied.nearest;
    limit_ = nearest.DistanceOf(point, k - 1);
    nearer_ = k - 1;
    while (nearer_ > 0 && nearest.DistanceOf(point, nearer_ - 1) == limit_) --nearer_;
    end_ = k;
    while (end_ < nearest.k && nearest.DistanceOf(point, end_) == limit_) ++end_;
    open_ = end_ == nearest.k;
    const int64_t group = open_ ? tied.last_groups[static_cast<size_t>(point)] : end_ - nearer_;
    share_ = static_cast<double>(k - nearer_) / static_cast<double>(group);
  }

  // True if the list may end before the k-th neighbour's group does.
  bool open() const { return open_; }
  // The probability that a member of that group is included.
  double share() const { return share_; }
  // Listed points nearer than the k-th, and the listed part of its group.
  std::span<const uint32_t> nearer() const { return List().first(static_cast<size_t>(nearer_)); }
  std::span<const uint32_t> group() const {
    return List().subspan(static_cast<size_t>(nearer_), static_cast<size_t>(end_ - nearer_));
  }

  bool IsInGroup(uint32_t other) const { return DistanceTo(other) == limit_; }
  // The probability that `other` is included.
  double Chance(uint32_t other) const {
    const double distance = DistanceTo(other);
    return distance < limit_ ? 1 : distance == limit_ ? share_ : 0;
  }

 private:
  std::span<const uint32_t> List() const { return tied_.nearest.Of(point_); }
  double DistanceTo(uint32_t other) const {
    return DistanceBetween(tied_.points, point_, other, tied_.nearest.distance);
  }

  const TiedNeighbours& tied_;
  int64_t point_;
  double limit_ = 0, share_ = 0;
  int64_t nearer_ = 0, end_ = 0;  // places
  bool open_ = false;
};

// The expected |N ∩ M|. `in_both_groups` points are in the groups of both k-th neighbours, counted if both
// groups are open. If either list shows its whole group, that list is enough.
double ExpectedKept(const DrawnNearest& input, const DrawnNearest& code, int64_t in_both_groups) {
  double kept = 0;
  for (const uint32_t other : input.nearer()) kept += code.Chance(other);
  double in_group = 0;  // expected number in M of the members of the input's group
  if (!input.open()) {
    for (const uint32_t other : input.group()) in_group += code.Chance(other);
  } else {
    for (const uint32_t other : code.nearer()) in_group += input.IsInGroup(other);
    double both = static_cast<double>(in_both_groups);
    if (!code.open()) {
      both = static_cast<double>(
          std::ranges::count_if(code.group(), [&](uint32_t other) { return input.IsInGroup(other); }));
    }
    in_group += code.share() * both;
  }
  return kept + input.share() * in_group;
}

// [n]: if both of a point's lists end in open groups, how many other points are in both groups.
std::vector<int64_t> InBothLastGroups(const TiedNeighbours& input, const TiedNeighbours& code, int threads) {
  std::vector<int64_t> in_both(input.last_groups.size(), 0);
  std::vector<uint32_t> open;
  std::vector<double> limits;
  for (size_t i = 0; i < in_both.size(); ++i) {
    if (input.last_groups[i] == 0 || code.last_groups[i] == 0) continue;
    open.push_back(static_cast<uint32_t>(i));
    limits.push_back(LastDistance(input.nearest, static_cast<int64_t>(i)));
  }
  const Distance distance = code.nearest.distance;
  ForEachWithin(input.points, distance, open, limits, threads, [&](size_t i, uint32_t other, double far) {
    if (far != limits[i]) return;
    in_both[open[i]] +=
        DistanceBetween(code.points, open[i], other, distance) == LastDistance(code.nearest, open[i]);
  });
  return in_both;
}

std::string_view RowBytes(const Tensor& points, int64_t row) {
  const size_t bytes = static_cast<size_t>(points.row_size()) * ByteSize(points.dtype());
  return {static_cast<const char*>(points.raw()) + static_cast<size_t>(row) * bytes, bytes};
}

}  // namespace

TiedNeighbours WithLastGroups(const Tensor& points, const Neighbours& nearest, int64_t k, int threads) {
  RequireEqual("number of points", points.rows(), nearest.n);
  RequireBetween("k", k, 1, nearest.k - 1);
  std::unordered_map<std::string_view, size_t> known;  // coinciding points have the same group
  std::vector<uint32_t> places, members;               // one point per location; all points with open groups
  std::vector<size_t> place_of;                        // of members
  std::vector<double> limits;
  for (int64_t i = 0; i < nearest.n; ++i) {
    if (nearest.DistanceOf(i, k - 1) != LastDistance(nearest, i)) continue;
    const auto [place, is_new] = known.try_emplace(RowBytes(points, i), places.size());
    if (is_new) {
      places.push_back(static_cast<uint32_t>(i));
      limits.push_back(LastDistance(nearest, i));
    }
    members.push_back(static_cast<uint32_t>(i));
    place_of.push_back(place->second);
  }
  std::vector<int64_t> sizes(places.size(), 0);
  ForEachWithin(points, nearest.distance, places, limits, ThreadsOf(threads),
                [&](size_t i, uint32_t, double far) { sizes[i] += far == limits[i]; });
  std::vector<int64_t> groups(static_cast<size_t>(nearest.n), 0);
  for (size_t i = 0; i < members.size(); ++i) groups[members[i]] = sizes[place_of[i]];
  return {.points = points, .nearest = nearest, .last_groups = std::move(groups)};
}

std::vector<double> ExpectedRecall(const TiedNeighbours& input, const TiedNeighbours& code,
                                   std::span<const int64_t> ks, int threads) {
  const int64_t n = input.nearest.n;
  RequireEqual("number of points in the code", code.nearest.n, n);
  if (code.nearest.distance != input.nearest.distance) {
    throw UsageError({.what = "neighbour lists with different distances cannot be compared",
                      .expected = std::string(Title(input.nearest.distance)),
                      .got = std::string(Title(code.nearest.distance))});
  }
  for (const int64_t k : ks) RequireBetween("k", k, 1, std::min(input.nearest.k, code.nearest.k) - 1);
  const std::vector<int64_t> in_both = InBothLastGroups(input, code, ThreadsOf(threads));
  std::vector<double> recalls, kept(static_cast<size_t>(n));
  for (const int64_t k : ks) {
#pragma omp parallel for schedule(static) num_threads(ThreadsOf(threads))
    for (int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<size_t>(i);
      kept[at] = ExpectedKept(DrawnNearest(input, i, k), DrawnNearest(code, i, k), in_both[at]);
    }
    double sum = 0;
    for (const double one : kept) sum += one;
    recalls.push_back(sum / (static_cast<double>(n) * static_cast<double>(k)));
  }
  return recalls;
}

}  // namespace hourglass
