#include "hourglass/neighbours/detail/tile_search.h"

#include <omp.h>

#include <atomic>
#include <limits>
#include <mutex>

#include "hourglass/neighbours/detail/lists.h"
#include "hourglass/neighbours/detail/selection.h"
#include "hourglass/neighbours/detail/tile_metric.h"

namespace hourglass {
namespace {

constexpr int64_t kBlock = 256;  // points: two blocks, their tile and their candidates fit the L2 cache
static_assert(kBlock % kTileGrain == 0);

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

  Search(const Metric& metric, int64_t points, Neighbours& result)
      : metric_(metric),
        sides_(metric.sides()),
        points_(points),
        queries_(result.n),
        selection_(result.n, result.k, result.indices.data(),
                   std::get<std::vector<Value>>(result.distances).data()),
        limits_(static_cast<size_t>(result.n), metric.KeyAbove(std::numeric_limits<Value>::max())),
        locks_(static_cast<size_t>(Blocks(result.n))) {}

  // A thread takes one row of tiles at a time. The order of candidates does not affect the result.
  void Run(int threads, const std::function<void(double)>& progress) {
    std::atomic<int64_t> next_row = 0, done = 0;
#pragma omp parallel num_threads(threads)
    {
      Workspace<Value> workspace(sides_);
      for (int64_t row; (row = next_row++) < Blocks(queries_);) {
        for (int64_t column = sides_.symmetric() ? row : 0; column < Blocks(points_); ++column) {
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

  double TilesInAll() const {
    const auto rows = static_cast<double>(Blocks(queries_)), columns = static_cast<double>(Blocks(points_));
    return sides_.symmetric() ? rows * (rows + 1) / 2 : rows * columns;
  }

  static int64_t BlockSize(const PackedPoints& points, int64_t begin) {
    return std::min(kBlock, points.padded() - begin);
  }

  void DoTile(int64_t row_block, int64_t column_block, Workspace<Value>& workspace) {
    const int64_t row = row_block * kBlock, column = column_block * kBlock;
    const int64_t stride = BlockSize(sides_.points(), column);
    sides_.Keys(row, BlockSize(sides_.queries(), row), column, stride,
                workspace.scratch.template data<uint8_t>(), workspace.keys.data());
    const bool diagonal = sides_.symmetric() && row == column;
    {
      const std::lock_guard lock(locks_[static_cast<size_t>(row_block)]);
      OfferToRows(row, column, stride, diagonal, workspace);
    }
    if (!sides_.symmetric() || diagonal) return;
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
    int32_t& limit = limits_[static_cast<size_t>(query)];
    if (key > limit) return;  // it may have shrunk since the candidate was found
    const Candidate<Value> candidate = {static_cast<uint32_t>(point), metric_.DistanceOf(query, point, key)};
    if (selection_.Offer(query, candidate, workspace.candidates)) {
      limit = metric_.KeyAbove(selection_.Worst(query).distance);
    }
  }

  const Metric& metric_;
  const PackedSides& sides_;
  int64_t points_, queries_;
  Selection<Value> selection_;
  std::vector<int32_t> limits_;    // [queries]: keys above it cannot matter
  std::vector<std::mutex> locks_;  // one per block of queries
};

}  // namespace

Neighbours SearchTiles(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  Neighbours result;
  WithTileMetric(points, queries, options.distance, [&]<class Metric>(const Metric& metric) {
    result = ListsFor<typename Metric::Value>(points, queries, options);
    Search(metric, points.rows(), result).Run(options.threads, options.progress);
  });
  return result;
}

int64_t TileSearchBytes(const Tensor& points, const Tensor* queries, const NeighbourOptions& options) {
  const TileKind kind = TileKindOf(points, options.distance);
  const int64_t n = (queries == nullptr ? points : *queries).rows();
  const bool bytes = points.dtype() == DType::kU8;
  const int64_t result = n * options.k * (bytes ? 8 : 12);
  const int64_t waiting = bytes ? Selection<int32_t>::Bytes(n) : Selection<double>::Bytes(n);
  int64_t packed = PackedPoints::Bytes(kind, points.rows(), points.row_size());
  if (queries != nullptr) packed += PackedPoints::Bytes(kind, n, points.row_size());
  return result + waiting + packed;
}

}  // namespace hourglass
