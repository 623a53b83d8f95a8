#include "hourglass/analysis/neighbours/tile_search.h"

#include <omp.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <mutex>
#include <optional>

#include "hourglass/analysis/neighbours/packed_points.h"
#include "hourglass/analysis/neighbours/selection.h"

namespace hourglass {
namespace {

constexpr int64_t kBlock = 256;  // points: two blocks, their tile and their candidates fit the second cache
static_assert(kBlock % kTileGrain == 0);

TileKind KindOf(const Tensor& points, Distance distance) {
  if (points.dtype() == DType::kU8) {
    return distance == Distance::kL1 ? TileKind::kBytesL1 : TileKind::kBytesL2;
  }
  return distance == Distance::kL1 ? TileKind::kFloatsL1 : TileKind::kFloatsL2;
}

// Both sides of all tiles; without queries the points are both.
struct PackedSides {
  PackedPoints points;
  std::optional<PackedPoints> queries;

  const PackedPoints& rows() const { return queries ? *queries : points; }
};

// Bytes: the kernels' keys are the distances.
struct ByteMetric {
  using Value = int32_t;

  Value DistanceOf(int64_t, int64_t, int32_t key) const { return key; }
  int32_t LimitKey(Value worst) const { return worst; }
};

// Floats: the kernels' keys are lower bounds of scaled distances; what passes is computed anew in double.
template <Distance kDistance>
struct FloatMetric {
  using Value = double;

  const float *queries, *points;
  int64_t size;
  double scale;  // from distances to keys

  Value DistanceOf(int64_t query, int64_t point, int32_t) const {
    return FloatDistance<kDistance>(queries + query * size, 1, points + point * size, 1, size);
  }
  int32_t LimitKey(Value worst) const {
    const double scaled = worst * scale;
    if (!(scaled < double{std::numeric_limits<float>::max()})) return std::bit_cast<int32_t>(INFINITY);
    const auto rounded = static_cast<float>(scaled);
    return std::bit_cast<int32_t>(rounded < scaled ? std::nextafter(rounded, INFINITY) : rounded);
  }
};

// One thread's memory.
template <class Value>
struct Workspace {
  explicit Workspace(int64_t steps)
      : scratch(Shape{kTileGrain * std::max<int64_t>(1, steps) * 4}, DType::kU8),
        keys(kBlock * kBlock),
        found(kBlock) {}

  Tensor scratch;
  std::vector<int32_t> keys;
  std::vector<uint16_t> found;
  typename Selection<Value>::Scratch candidates;
};

template <class Metric>
class Search {
 public:
  using Value = typename Metric::Value;

  Search(TileKind kind, const PackedSides& sides, Metric metric, int64_t points, Neighbours& result)
      : kind_(kind),
        sides_(sides),
        metric_(metric),
        points_(points),
        queries_(result.n),
        selection_(result.n, result.k, result.indices.data(),
                   std::get<std::vector<Value>>(result.distances).data()),
        limits_(static_cast<size_t>(result.n), metric.LimitKey(std::numeric_limits<Value>::max())),
        locks_(static_cast<size_t>(Blocks(result.n))) {}

  // A thread takes a row of tiles at a time. Candidates may come in any order: the result is the same.
  void Run(int threads, const std::function<void(double)>& progress) {
    std::atomic<int64_t> next_row = 0, done = 0;
#pragma omp parallel num_threads(threads)
    {
      Workspace<Value> workspace(sides_.points.steps());
      for (int64_t row; (row = next_row++) < Blocks(queries_);) {
        for (int64_t column = symmetric() ? row : 0; column < Blocks(points_); ++column) {
          DoTile(row, column, workspace);
          const auto tiles = static_cast<double>(++done);
          if (progress && omp_get_thread_num() == 0) progress(tiles / TilesInAll());
        }
      }
#pragma omp barrier
#pragma omp for schedule(static)
      for (int64_t query = 0; query < queries_; ++query) selection_.Finish(query, workspace.candidates);
    }
    if (progress) progress(1);
  }

 private:
  static int64_t Blocks(int64_t count) {
    return (count + kBlock - 1) / kBlock;
  }
  bool symmetric() const {
    return !sides_.queries;
  }

  double TilesInAll() const {
    const auto rows = static_cast<double>(Blocks(queries_)), columns = static_cast<double>(Blocks(points_));
    return symmetric() ? rows * (rows + 1) / 2 : rows * columns;
  }

  static TilePoints BlockOf(const PackedPoints& points, int64_t begin) {
    return points.Block(begin, std::min(kBlock, points.padded() - begin));
  }

  void DoTile(int64_t row_block, int64_t column_block, Workspace<Value>& workspace) {
    const int64_t row = row_block * kBlock, column = column_block * kBlock;
    ComputeTile(kind_, {.rows = BlockOf(sides_.rows(), row),
                        .columns = BlockOf(sides_.points, column),
                        .steps = sides_.points.steps(),
                        .shrink = sides_.points.shrink(),
                        .scratch = workspace.scratch.template data<uint8_t>(),
                        .out = workspace.keys.data()});
    const bool diagonal = symmetric() && row == column;
    const int64_t stride = std::min(kBlock, sides_.points.padded() - column);
    {
      const std::lock_guard lock(locks_[static_cast<size_t>(row_block)]);
      OfferToRows(row, column, stride, diagonal, workspace);
    }
    if (!symmetric() || diagonal) return;
    const std::lock_guard lock(locks_[static_cast<size_t>(column_block)]);
    OfferToColumns(row, column, stride, workspace);
  }

  void OfferToRows(int64_t row, int64_t column, int64_t stride, bool diagonal, Workspace<Value>& workspace) {
    const int64_t columns = std::min(kBlock, points_ - column);
    for (int64_t r = 0; r < std::min(kBlock, queries_ - row); ++r) {
      const int32_t* keys = &workspace.keys[static_cast<size_t>(r * stride)];
      const int64_t found =
          FindWithin(keys, limits_[static_cast<size_t>(row + r)], columns, workspace.found.data());
      for (int64_t i = 0; i < found; ++i) {
        const int64_t c = workspace.found[static_cast<size_t>(i)];
        if (!diagonal || c != r) Offer(row + r, column + c, keys[c], workspace);
      }
    }
  }

  // Every row of the tile against the limits of all columns at once.
  void OfferToColumns(int64_t row, int64_t column, int64_t stride, Workspace<Value>& workspace) {
    const int64_t columns = std::min(kBlock, points_ - column);
    for (int64_t r = 0; r < std::min(kBlock, queries_ - row); ++r) {
      const int32_t* keys = &workspace.keys[static_cast<size_t>(r * stride)];
      const int64_t found =
          FindWithin(keys, &limits_[static_cast<size_t>(column)], columns, workspace.found.data());
      for (int64_t i = 0; i < found; ++i) {
        const int64_t c = workspace.found[static_cast<size_t>(i)];
        Offer(column + c, row + r, keys[c], workspace);
      }
    }
  }

  void Offer(int64_t query, int64_t point, int32_t key, Workspace<Value>& workspace) {
    int32_t& limit = limits_[static_cast<size_t>(query)];
    if (key > limit) return;  // it may have shrunk since the candidate was found
    const Candidate<Value> candidate = {static_cast<uint32_t>(point), metric_.DistanceOf(query, point, key)};
    if (selection_.Offer(query, candidate, workspace.candidates)) {
      limit = metric_.LimitKey(selection_.Worst(query).distance);
    }
  }

  TileKind kind_;
  const PackedSides& sides_;
  Metric metric_;
  int64_t points_, queries_;
  Selection<Value> selection_;
  std::vector<int32_t> limits_;    // [queries]: keys above it cannot matter
  std::vector<std::mutex> locks_;  // one a block of queries
};

// The elements in which not all points and queries are the same: only these add to distances. Of MNIST's 784
// pixels they are 717.
std::vector<int32_t> VaryingElements(const Tensor& points, const Tensor* queries) {
  const auto size = static_cast<size_t>(points.row_size());
  std::vector<uint8_t> varies(size, 0);
  const uint8_t* first = points.data<uint8_t>();
  for (const Tensor* tensor : {&points, queries}) {
    for (int64_t p = 0; tensor != nullptr && p < tensor->rows(); ++p) {
      const uint8_t* point = tensor->data<uint8_t>() + p * tensor->row_size();
      for (size_t i = 0; i < size; ++i) varies[i] |= point[i] ^ first[i];
    }
  }
  std::vector<int32_t> elements;
  for (size_t i = 0; i < size; ++i) {
    if (varies[i] != 0) elements.push_back(static_cast<int32_t>(i));
  }
  return elements;
}

void SearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                 Neighbours& result) {
  const TileKind kind = KindOf(points, options.distance);
  const std::vector<int32_t> elements = VaryingElements(points, queries);
  PackedSides sides = {PackedPoints::OfBytes(kind, points, elements), {}};
  if (queries != nullptr) sides.queries = PackedPoints::OfBytes(kind, *queries, elements);
  Search(kind, sides, ByteMetric{}, points.rows(), result).Run(options.threads, options.progress);
}

// Distances of L2 are differences of products, which lose digits far from the origin.
std::vector<double> Center(const Tensor& points, Distance distance) {
  std::vector<double> center(static_cast<size_t>(points.row_size()), 0);
  if (distance == Distance::kL1) return center;
  const float* value = points.data<float>();
  for (int64_t p = 0; p < points.rows(); ++p) {
    for (double& sum : center) sum += *value++;
  }
  for (double& sum : center) sum /= static_cast<double>(points.rows());
  return center;
}

// The power of two that brings all x - center into [-1, 1]; 1 when all are 0.
double Scale(const Tensor& points, const Tensor* queries, const std::vector<double>& center) {
  double largest = 0;
  for (const Tensor* tensor : {&points, queries}) {
    if (tensor == nullptr) continue;
    const float* value = tensor->data<float>();
    for (int64_t p = 0; p < tensor->rows(); ++p) {
      for (const double c : center) largest = std::max(largest, std::abs(*value++ - c));
    }
  }
  return largest == 0 ? 1 : std::ldexp(1.0, -std::ilogb(largest) - 1);
}

template <Distance kDistance>
void SearchFloats(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                  Neighbours& result) {
  const TileKind kind = KindOf(points, kDistance);
  const std::vector<double> center = Center(points, kDistance);
  const double scale = Scale(points, queries, center);
  PackedSides sides = {PackedPoints::OfFloats(kind, points, center, scale), {}};
  if (queries != nullptr) sides.queries = PackedPoints::OfFloats(kind, *queries, center, scale);
  const FloatMetric<kDistance> metric = {
      .queries = (queries == nullptr ? points : *queries).template data<float>(),
      .points = points.data<float>(),
      .size = points.row_size(),
      .scale = kDistance == Distance::kL1 ? scale : scale * scale};
  Search(kind, sides, metric, points.rows(), result).Run(options.threads, options.progress);
}

}  // namespace

Neighbours SearchTiles(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  Neighbours result = {.n = (queries == nullptr ? points : *queries).rows(),
                       .k = options.k,
                       .distance = options.distance,
                       .indices = {},
                       .distances = {}};
  const auto size = static_cast<size_t>(result.n * result.k);
  result.indices.resize(size);
  if (points.dtype() == DType::kU8) {
    result.distances = std::vector<int32_t>(size);
    SearchBytes(points, queries, options, result);
  } else {
    result.distances = std::vector<double>(size);
    if (options.distance == Distance::kL1) SearchFloats<Distance::kL1>(points, queries, options, result);
    if (options.distance == Distance::kL2) SearchFloats<Distance::kL2>(points, queries, options, result);
  }
  return result;
}

int64_t TileSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const TileKind kind = KindOf(points, options.distance);
  const int64_t n = (queries == nullptr ? points : *queries).rows();
  const bool bytes = points.dtype() == DType::kU8;
  const int64_t result = n * options.k * (bytes ? 8 : 12);
  const int64_t waiting = bytes ? Selection<int32_t>::Bytes(n) : Selection<double>::Bytes(n);
  int64_t packed = PackedPoints::Bytes(kind, points.rows(), points.row_size());
  if (queries != nullptr) packed += PackedPoints::Bytes(kind, n, points.row_size());
  return result + waiting + packed;
}

}  // namespace hourglass
