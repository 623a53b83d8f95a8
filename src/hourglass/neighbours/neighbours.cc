#include "hourglass/neighbours/neighbours.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "hourglass/core/available_memory.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/text.h"
#include "hourglass/neighbours/detail/kd_tree.h"
#include "hourglass/neighbours/detail/lists.h"
#include "hourglass/neighbours/detail/tile_search.h"

namespace hourglass {
namespace {

// Distances are int32: 255² · 33,000 < 2^31.
constexpr int64_t kMostBytes = 33'000;
// The bounds on f32 rounding hold up to here (packed_points.cc).
constexpr int64_t kMostFloats = 1 << 20;
// Up to this many coordinates, the tree was faster for 60,000 points of any distribution.
constexpr int64_t kAlwaysTree = 7;
// From this many points on, the tree is faster for every number of coordinates that it supports.
constexpr int64_t kManyPoints = 100'000;

constexpr double kMiB = 1 << 20;

bool UseTree(const Tensor& points) {
  if (points.dtype() != DType::kF32 || points.row_size() > kTreeCoordinates) return false;
  return points.row_size() <= kAlwaysTree || points.rows() >= kManyPoints;
}

void CheckK(int64_t k, int64_t candidates, const char* of) {
  if (candidates < 1) throw UsageError({.what = "a single point has no neighbours"});
  const int64_t most = std::min(candidates, kMostNeighbours);
  if (k >= 1 && k <= most) return;
  throw UsageError({.what = fmt::format("cannot find {} nearest neighbours", k),
                    .expected = fmt::format("1 to {} ({} {})", most, Grouped(candidates), of),
                    .got = fmt::format("k = {}", k)});
}

void CheckElements(const Tensor& points) {
  const bool bytes = points.dtype() == DType::kU8;
  const int64_t most = bytes ? kMostBytes : kMostFloats;
  if (points.dtype() == DType::kBF16) {
    throw UsageError({.what = "neighbour search needs bytes or floats", .got = "bf16"});
  }
  if (points.rows() > std::numeric_limits<int32_t>::max()) {
    throw DataError({.what = "too many points", .got = Grouped(points.rows())});
  }
  if (points.row_size() < 1 || points.row_size() > most) {
    throw DataError(
        {.what =
             fmt::format("cannot search neighbours of points with {} elements", Grouped(points.row_size())),
         .expected = fmt::format("1 to {} {} per point", Grouped(most), bytes ? "bytes" : "floats"),
         .hint =
             bytes ? "squared distances of longer points may exceed 32 bits; make the images smaller" : ""});
  }
}

void CheckSameKind(const Tensor& points, const Tensor& queries) {
  if (queries.dtype() == points.dtype() && queries.row_size() == points.row_size()) return;
  const auto describe = [](const Tensor& tensor) {
    return fmt::format("{} of {}", Grouped(tensor.row_size()), Name(tensor.dtype()));
  };
  throw UsageError({.what = "points and queries cannot be compared: they differ in size or type",
                    .expected = describe(points),
                    .got = describe(queries)});
}

void CheckFinite(const Tensor& points) {
  if (points.dtype() != DType::kF32) return;
  const auto values = points.span<float>();
  const auto bad = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (bad == values.end()) return;
  const int64_t place = bad - values.begin();
  throw DataError({.what = "neighbour search needs finite numbers",
                   .expected = "finite numbers only",
                   .got = fmt::format("{} as element {} of point {}", *bad, place % points.row_size(),
                                      place / points.row_size())});
}

void CheckMemory(int64_t bytes) {
  const int64_t available = AvailableMemory();
  if (bytes <= available) return;
  throw UsageError({.what = "not enough memory for this neighbour search",
                    .expected = fmt::format("{:.0f} MiB", static_cast<double>(bytes) / kMiB),
                    .got = fmt::format("{:.0f} MiB available", static_cast<double>(available) / kMiB),
                    .hint =
                        "use fewer neighbours or fewer points, or make room for temporary files on disk: in "
                        "$TMPDIR, else in /var/tmp"});
}

int64_t BytesOf(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  return ListBytes(points, queries, options) +
         (UseTree(points) ? TreeSearchBytes(points) : TileSearchBytes(points, queries, options));
}

Neighbours Find(const Tensor& points, const Tensor* queries, NeighbourOptions options) {
  CheckMemory(BytesOf(points, queries, options));
  Neighbours result = ListsFor(points, queries, options);  // before anything that takes long
  CheckFinite(points);
  if (queries != nullptr) CheckFinite(*queries);
  if (options.threads <= 0) options.threads = omp_get_max_threads();
  (UseTree(points) ? SearchTree : SearchTiles)(points, queries, options, result);
  return result;
}

}  // namespace

void CheckPoints(const Tensor& points) {
  CheckElements(points);
  CheckFinite(points);
}

void CheckQueries(const Tensor& points, const Tensor& queries) {
  CheckSameKind(points, queries);
  CheckFinite(queries);
}

double Neighbours::DistanceOf(int64_t point, int64_t place) const {
  const auto at = static_cast<size_t>(point * k + place);
  return std::visit([at](const auto& all) { return static_cast<double>(all[at]); }, distances);
}

Neighbours NearestOf(const Neighbours& neighbours, int64_t k) {
  RequireBetween("number of neighbours", k, 1, neighbours.k);
  const auto take = [&]<class T>(const LargeVector<T>& from) {
    LargeVector<T> to;
    to.reserve(static_cast<size_t>(neighbours.n * k));
    for (auto row = from.begin(); row != from.end(); row += neighbours.k) to.insert(to.end(), row, row + k);
    return to;
  };
  using Distances = decltype(Neighbours::distances);
  return {
      .n = neighbours.n,
      .k = k,
      .distance = neighbours.distance,
      .indices = take(neighbours.indices),
      .distances = std::visit([&](const auto& from) { return Distances(take(from)); }, neighbours.distances)};
}

Neighbours NearestNeighbours(const Tensor& points, const NeighbourOptions& options) {
  CheckElements(points);
  CheckK(options.k, points.rows() - 1, "others");
  return Find(points, nullptr, options);
}

Neighbours NearestNeighbours(const Tensor& points, const Tensor& queries, const NeighbourOptions& options) {
  CheckElements(points);
  CheckSameKind(points, queries);
  CheckK(options.k, points.rows(), "points");
  return Find(points, &queries, options);
}

int64_t NeighbourBytes(const Tensor& points, const NeighbourOptions& options) {
  CheckElements(points);
  CheckK(options.k, points.rows() - 1, "others");
  return BytesOf(points, nullptr, options);
}

}  // namespace hourglass
