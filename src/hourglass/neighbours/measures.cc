#include "hourglass/neighbours/measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/core/require.h"
#include "hourglass/neighbours/nearest_label.h"

namespace hourglass {
namespace {

// Calls visit(point, k) for every point in both lists of `point`, with the smallest k for which it is in both
// N_k and M_k.
template <class Visit>
void ForEachKept(const Neighbours& input, const Neighbours& code, const Visit& visit) {
  RequireEqual("number of points in the code", code.n, input.n);
  if (input.indices.empty() || code.indices.empty()) return;
  // Queries may be fewer than the points in which their neighbours were searched.
  uint32_t last = 0;
  for (const Neighbours* lists : {&input, &code}) last = std::max(last, std::ranges::max(lists->indices));
  std::vector<int32_t> places(size_t{last} + 1, 0);  // rank in the input's list, from 1; 0: none
  for (int64_t point = 0; point < input.n; ++point) {
    int32_t place = 0;
    for (const uint32_t neighbour : input.Of(point)) places[neighbour] = ++place;
    place = 0;
    for (const uint32_t neighbour : code.Of(point)) {
      ++place;
      if (places[neighbour] > 0) visit(point, std::max(place, places[neighbour]));
    }
    for (const uint32_t neighbour : input.Of(point)) places[neighbour] = 0;
  }
}

double AsDouble(int64_t value) {
  return static_cast<double>(value);
}

// Σ (r - k) over the ranks r > k among the first k of a list.
int64_t ExcessOf(const RankedLists& lists, int64_t point, int64_t k) {
  int64_t excess = 0;
  for (const uint32_t rank :
       lists.ranks.subspan(static_cast<size_t>(point * lists.k), static_cast<size_t>(k))) {
    excess += std::max<int64_t>(0, int64_t{rank} - k);
  }
  return excess;
}

// Of a list of the k farthest of `others` points. If k is more than half of them, the list has only others -
// k with a rank beyond k.
double LargestExcess(int64_t others, int64_t k) {
  const int64_t beyond = std::min(k, others - k);
  return AsDouble(beyond) * AsDouble(2 * (others - k) - beyond + 1) / 2;
}

}  // namespace

std::vector<double> KeptShares(const Neighbours& input, const Neighbours& code, int64_t k) {
  RequireBetween("k", k, 1, std::min(input.k, code.k));
  std::vector<double> shares(static_cast<size_t>(input.n), 0);
  ForEachKept(input, code, [&](int64_t point, int64_t from) {
    if (from <= k) shares[static_cast<size_t>(point)] += 1 / AsDouble(k);
  });
  return shares;
}

std::vector<double> QnxCurve(const Neighbours& input, const Neighbours& code) {
  const int64_t most = std::min(input.k, code.k);
  std::vector<int64_t> new_at(static_cast<size_t>(most), 0);
  ForEachKept(input, code, [&](int64_t, int64_t from) {
    if (from <= most) ++new_at[static_cast<size_t>(from - 1)];
  });
  std::vector<double> curve;
  int64_t kept = 0;
  for (int64_t k = 1; k <= most; ++k) {
    kept += new_at[static_cast<size_t>(k - 1)];
    curve.push_back(AsDouble(kept) / (AsDouble(input.n) * AsDouble(k)));
  }
  return curve;
}

double Rnx(double qnx, int64_t k, int64_t n) {
  RequireBetween("k", k, 0, n - 2);
  return (AsDouble(n - 1) * qnx - AsDouble(k)) / AsDouble(n - 1 - k);
}

double AreaOverLogK(std::span<const double> qnx_curve, int64_t n) {
  double area = 0, whole = 0;
  const int64_t end = std::min<int64_t>(static_cast<int64_t>(qnx_curve.size()), n - 2);
  for (int64_t k = 1; k <= end; ++k) {
    area += Rnx(qnx_curve[static_cast<size_t>(k - 1)], k, n) / AsDouble(k);
    whole += 1 / AsDouble(k);
  }
  return area / whole;
}

double Trustworthiness(const RankedLists& lists, int64_t k) {
  const int64_t n = lists.n;
  RequireBetween("k", k, 1, std::min(lists.k, n - 2));
  int64_t excess = 0;
  for (int64_t point = 0; point < n; ++point) excess += ExcessOf(lists, point, k);
  return 1 - AsDouble(excess) / (AsDouble(n) * LargestExcess(n - 1, k));
}

std::vector<double> PointTrustworthiness(const RankedLists& lists, int64_t k, int64_t others) {
  RequireBetween("k", k, 1, std::min(lists.k, others));
  const double most = LargestExcess(others, k);
  std::vector<double> values;
  for (int64_t point = 0; point < lists.n; ++point) {
    values.push_back(most > 0 ? 1 - AsDouble(ExcessOf(lists, point, k)) / most : 1);
  }
  return values;
}

double MeanRelativeRankError(const RankedLists& lists, int64_t k) {
  RequireBetween("k", k, 1, lists.k);
  double sum = 0, most = 0;
  for (int64_t point = 0; point < lists.n; ++point) {
    for (int64_t place = 1; place <= k; ++place) {
      const int64_t rank = lists.ranks[static_cast<size_t>(point * lists.k + place - 1)];
      sum += AsDouble(std::abs(rank - place)) / AsDouble(place);
    }
  }
  for (int64_t t = 1; t <= k; ++t) most += AsDouble(std::abs(2 * t - lists.n - 1)) / AsDouble(t);
  return sum / (AsDouble(lists.n) * most);
}

std::vector<double> SameLabelShares(const Neighbours& neighbours, std::span<const int32_t> labels,
                                    int64_t k) {
  RequireBetween("k", k, 1, neighbours.k);
  RequireEqual("number of labels", std::ssize(labels), neighbours.n);
  std::vector<double> shares;
  for (int64_t point = 0; point < neighbours.n; ++point) {
    const auto nearest = neighbours.Of(point).first(static_cast<size_t>(k));
    const int32_t label = labels[static_cast<size_t>(point)];
    const auto same = std::ranges::count_if(nearest, [&](uint32_t index) { return labels[index] == label; });
    shares.push_back(AsDouble(same) / AsDouble(k));
  }
  return shares;
}

double VoteAccuracy(const Neighbours& neighbours, std::span<const int32_t> labels,
                    std::span<const int32_t> truth, int64_t k) {
  RequireEqual("number of true labels", std::ssize(truth), neighbours.n);
  const std::vector<int32_t> votes = MajorityLabels(neighbours, k, labels);
  int64_t right = 0;
  for (size_t i = 0; i < votes.size(); ++i) right += votes[i] == truth[i];
  return AsDouble(right) / AsDouble(neighbours.n);
}

int64_t TiesAt(const Neighbours& neighbours, int64_t k) {
  RequireBetween("k", k, 1, neighbours.k - 1);
  int64_t ties = 0;
  for (int64_t point = 0; point < neighbours.n; ++point) {
    ties += neighbours.DistanceOf(point, k - 1) == neighbours.DistanceOf(point, k);
  }
  return ties;
}

double MeanOf(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / AsDouble(static_cast<int64_t>(values.size()));
}

}  // namespace hourglass
