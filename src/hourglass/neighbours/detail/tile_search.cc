#include "hourglass/neighbours/detail/tile_search.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>

#include "hourglass/neighbours/detail/selection.h"
#include "hourglass/neighbours/detail/tile_metric.h"

namespace hourglass {
namespace {

constexpr int64_t kBlock = 256;  // points: two blocks, their tile and their candidates fit the L2 cache
static_assert(kBlock % kTileGrain == 0);

// Points or queries from `begin`, a multiple of kBlock, up to, not including, `end`.
struct Range {
  int64_t begin = 0, end = 0;

  int64_t blocks() const { return (end - begin + kBlock - 1) / kBlock; }
};

// A part of the search: each query of a band with each point of a stretch.
struct Step {
  Range band, stretch;
};

// The order of the search: a band of queries meets all points, one stretch of points at a time, then the next
// band does. So a search that is larger than memory reads and writes all points and results in order, once
// per band, and only a band and some stretches have to be in memory.
class Order {
 public:
  // `bytes`: what a query needs in memory. `symmetric`: the queries are the points, and a band meets those
  // from its own first on.
  Order(int64_t queries, int64_t points, int64_t bytes, bool symmetric, int threads)
      : queries_(queries),
        points_(points),
        symmetric_(symmetric),
        stretch_(std::max(kBandBytes / bytes / (kStretches * kBlock), FewestBlocks(threads)) * kBlock) {}

  // The most queries in a band, and points in a stretch.
  int64_t band() const { return std::min(kStretches * stretch_, queries_); }
  int64_t stretch() const { return std::min(stretch_, points_); }

  Step First() const { return At(0, 0); }
  // Empty after the last.
  std::optional<Step> After(const Step& step) const {
    if (!EndsBand(step)) return At(step.band.begin, step.stretch.end);
    if (step.band.end == queries_) return std::nullopt;
    return At(step.band.end, symmetric_ ? step.band.end : 0);
  }
  bool EndsBand(const Step& step) const { return step.stretch.end == points_; }
  // Whether the points of the stretch are queries, too, but none of the band.
  bool HasOtherQueries(const Step& step) const { return symmetric_ && step.stretch.begin >= step.band.end; }

 private:
  // Few bands mean little reading and writing. With the stretches before and after, 60 MB are in use.
  static constexpr int64_t kBandBytes = 40 << 20;
  static constexpr int64_t kStretches = 4;  // per band

  // In a stretch, so that a step has at least 8 tiles per thread: they wait for each other after each step.
  static int64_t FewestBlocks(int threads) {
    return static_cast<int64_t>(std::ceil(std::sqrt(8.0 * threads / kStretches)));
  }

  Step At(int64_t query, int64_t point) const {
    return {.band = {query, std::min(query + kStretches * stretch_, queries_)},
            .stretch = {point, std::min(point + stretch_, points_)}};
  }

  int64_t queries_, points_;
  bool symmetric_;
  int64_t stretch_;
};

// The memory of one thread.
template <class Value>
struct Workspace {
  explicit Workspace(const PackedSides& sides)
      : scratch(Shape{sides.scratch_bytes()}, DType::kU8), keys(kBlock * kBlock), found(kBlock + kFindRoom) {}

  Tensor scratch;
  std::vector<int32_t> keys;
  std::vector<int32_t> found;
  typename Selection<Value>::Scratch candidates;
};

template <class Metric>
class Search {
 public:
  using Value = typename Metric::Value;

  Search(const Metric& metric, const Order& order, int64_t points, Neighbours& result)
      : metric_(metric),
        sides_(metric.sides()),
        order_(order),
        points_(points),
        queries_(result.n),
        selection_(result.n, result.k, result.indices, std::get<LargeVector<Value>>(result.distances),
                   order.band(), order.stretch()),
        limits_(static_cast<size_t>(result.n), metric.KeyAbove(std::numeric_limits<Value>::max())),
        locks_(static_cast<size_t>(Range{0, result.n}.blocks())) {}

  // The order of candidates does not affect the result.
  void Run(int threads, const std::function<void(double)>& progress) {
    std::atomic<int64_t> done = 0;
    const auto after_tile = [&, all = TilesInAll()] {
      const auto tiles = static_cast<double>(++done);
      if (progress && omp_get_thread_num() == 0) progress(tiles / all);
    };
#pragma omp parallel num_threads(threads)
    {
      Workspace<Value> workspace(sides_);
      std::optional<Step> before;
      for (std::optional<Step> step = order_.First(); step; before = step, step = order_.After(*step)) {
#pragma omp single
        selection_.Open(step->band.begin, step->stretch.begin);
#pragma omp single nowait
        MoveOn(before, order_.After(*step));
        DoTiles(*step, workspace, after_tile);
        Close(*step, workspace);
      }
    }
    if (progress) progress(1);
  }

 private:
  double TilesInAll() const {
    const auto rows = static_cast<double>(Range{0, queries_}.blocks());
    const auto columns = static_cast<double>(Range{0, points_}.blocks());
    return sides_.symmetric() ? rows * (rows + 1) / 2 : rows * columns;
  }

  // Frees the memory of what only the step before used, and begins to read what the next one needs.
  void MoveOn(const std::optional<Step>& before, const std::optional<Step>& next) {
    if (before) {
      if (!sides_.symmetric() || order_.HasOtherQueries(*before)) {
        sides_.points().LetGo(before->stretch.begin, before->stretch.end);
      }
      if (order_.HasOtherQueries(*before)) selection_.LetGo(before->stretch.begin, before->stretch.end);
      if (order_.EndsBand(*before)) {
        sides_.queries().LetGo(before->band.begin, before->band.end);
        selection_.LetGo(before->band.begin, before->band.end);
      }
    }
    if (next) {
      sides_.points().BeginToRead(next->stretch.begin, next->stretch.end);
      if (sides_.symmetric()) selection_.BeginToRead(next->stretch.begin, next->stretch.end);
    }
  }

  // By all threads together. Consecutive tiles share neither rows nor, if there are several, columns, which
  // one thread at a time may change.
  void DoTiles(const Step& step, Workspace<Value>& workspace, const auto& after_tile) {
    const int64_t rows = step.band.blocks(), columns = step.stretch.blocks();
#pragma omp for schedule(dynamic)
    for (int64_t tile = 0; tile < rows * columns; ++tile) {
      const int64_t row = step.band.begin + tile % rows * kBlock;
      const int64_t column = step.stretch.begin + (tile / rows + tile % rows) % columns * kBlock;
      if (sides_.symmetric() && column < row) continue;
      DoTile(row, column, workspace);
      after_tile();
    }
  }

  // By all threads together: moves candidates of queries that are no longer open to the result.
  void Close(const Step& step, Workspace<Value>& workspace) {
    if (order_.HasOtherQueries(step)) {
#pragma omp for schedule(static)
      for (int64_t query = step.stretch.begin; query < step.stretch.end; ++query) {
        if (selection_.Settle(query, workspace.candidates)) UpdateLimit(query);
      }
    }
    if (order_.EndsBand(step)) {
#pragma omp for schedule(static)
      for (int64_t query = step.band.begin; query < step.band.end; ++query) {
        selection_.Finish(query, workspace.candidates);
      }
    }
  }

  static int64_t BlockSize(const PackedPoints& points, int64_t begin) {
    return std::min(kBlock, points.padded() - begin);
  }

  void DoTile(int64_t row, int64_t column, Workspace<Value>& workspace) {
    const int64_t stride = BlockSize(sides_.points(), column);
    sides_.Keys(row, BlockSize(sides_.queries(), row), column, stride,
                workspace.scratch.template data<uint8_t>(), workspace.keys.data());
    const bool diagonal = sides_.symmetric() && row == column;
    {
      const std::lock_guard lock(locks_[static_cast<size_t>(row / kBlock)]);
      OfferToRows(row, column, stride, diagonal, workspace);
    }
    if (!sides_.symmetric() || diagonal) return;
    const std::lock_guard lock(locks_[static_cast<size_t>(column / kBlock)]);
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

  // Compares each row of the tile with the limits of all columns at once.
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
    if (key > limits_[static_cast<size_t>(query)])
      return;  // it may have shrunk since the candidate was found
    const Candidate<Value> candidate = {static_cast<uint32_t>(point), metric_.DistanceOf(query, point, key)};
    if (selection_.Offer(query, candidate, workspace.candidates)) UpdateLimit(query);
  }

  void UpdateLimit(int64_t query) {
    limits_[static_cast<size_t>(query)] = metric_.KeyAbove(selection_.Worst(query).distance);
  }

  const Metric& metric_;
  const PackedSides& sides_;
  const Order order_;
  int64_t points_, queries_;
  Selection<Value> selection_;
  std::vector<int32_t> limits_;    // [queries]: keys above it cannot matter
  std::vector<std::mutex> locks_;  // one per block of queries
};

template <class Value>
Order OrderOf(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const int64_t result = options.k * int64_t{sizeof(uint32_t) + sizeof(Value)};
  const auto point = points.row_size() * static_cast<int64_t>(ByteSize(points.dtype()));
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
  return {(queries == nullptr ? points : *queries).rows(), points.rows(),
          result + Selection<Value>::kOpenRowBytes + point, queries == nullptr, threads};
}

template <class Value>
int64_t SearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const TileKind kind = TileKindOf(points, options.distance);
  const int64_t n = (queries == nullptr ? points : *queries).rows();
  const Order order = OrderOf<Value>(points, queries, options);
  const int64_t waiting =
      n * Selection<Value>::kRowBytes + (order.band() + order.stretch()) * Selection<Value>::kOpenRowBytes;
  int64_t packed = PackedPoints::Bytes(kind, points.rows(), points.row_size());
  if (queries != nullptr) packed += PackedPoints::Bytes(kind, n, points.row_size());
  return waiting + packed;
}

}  // namespace

void SearchTiles(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                 Neighbours& result) {
  WithTileMetric(points, queries, options.distance, [&]<class Metric>(const Metric& metric) {
    Search(metric, OrderOf<typename Metric::Value>(points, queries, options), points.rows(), result)
        .Run(options.threads, options.progress);
  });
}

int64_t TileSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  return points.dtype() == DType::kU8 ? SearchBytes<int32_t>(points, queries, options)
                                      : SearchBytes<double>(points, queries, options);
}

}  // namespace hourglass
