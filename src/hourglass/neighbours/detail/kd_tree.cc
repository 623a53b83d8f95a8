#include "hourglass/neighbours/detail/kd_tree.h"

#include <omp.h>

#include <atomic>
#include <numeric>

#include "hourglass/neighbours/detail/selection.h"

namespace hourglass {
namespace {

constexpr int64_t kLeaf = 32;     // maximum points per leaf
constexpr int64_t kChunk = 256;   // queries that a thread takes at a time
constexpr int64_t kBuffer = 128;  // candidates beyond k before the k best are chosen

// Puts the half of `points` with the smaller coordinate first. Equal points are split by index, so that lower
// indices are found first. Point i has its coordinate at coordinates[i * stride].
void SplitInHalf(std::span<uint32_t> points, const float* coordinates, int64_t stride) {
  const auto middle = points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2);
  std::nth_element(points.begin(), middle, points.end(), [&](uint32_t a, uint32_t b) {
    const float x = coordinates[a * stride], y = coordinates[b * stride];
    return x < y || (x == y && a < b);
  });
}

template <int D>
struct Node {
  float low[D] = {}, high[D] = {};  // the box around its points
  uint32_t lowest_index = 0;        // of its points
  int32_t begin = 0, end = 0;       // its points, in tree order
  int32_t right = 0;                // node of its second half; the first half is the next node; 0: a leaf
};

template <int D>
class Tree {
 public:
  explicit Tree(const Tensor& points)
      : points_(points.data<float>()), order_(static_cast<size_t>(points.rows())) {
    std::iota(order_.begin(), order_.end(), 0U);
    nodes_.reserve(static_cast<size_t>(NodesAtMost(points.rows())));
    Build(0, static_cast<int32_t>(points.rows()));
    coordinates_.resize(order_.size() * D);
    for (const Node<D>& node : nodes_) {
      if (node.right == 0) StoreLeaf(node);
    }
  }

  // Halving keeps leaves at least half full.
  static int64_t NodesAtMost(int64_t n) { return 4 * (n / kLeaf + 1); }

  const std::vector<Node<D>>& nodes() const { return nodes_; }
  // The points in an order that mostly keeps neighbours together.
  const std::vector<uint32_t>& order() const { return order_; }
  // [D][end - begin] of a leaf
  const float* coordinates(const Node<D>& leaf) const {
    return &coordinates_[static_cast<size_t>(leaf.begin) * D];
  }

 private:
  int32_t Build(int32_t begin, int32_t end) {
    const auto number = static_cast<int32_t>(nodes_.size());
    nodes_.push_back(BoxAround(begin, end));
    if (end - begin <= kLeaf) return number;
    const Node<D>& node = nodes_.back();
    int widest = 0;
    for (int d = 1; d < D; ++d) {
      if (node.high[d] - node.low[d] > node.high[widest] - node.low[widest]) widest = d;
    }
    const int32_t middle = begin + (end - begin) / 2;
    SplitInHalf(std::span(order_).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)),
                points_ + widest, D);
    Build(begin, middle);
    const int32_t right = Build(middle, end);
    nodes_[static_cast<size_t>(number)].right = right;
    return number;
  }

  Node<D> BoxAround(int32_t begin, int32_t end) const {
    Node<D> node;
    node.begin = begin;
    node.end = end;
    node.lowest_index = order_[static_cast<size_t>(begin)];
    const float* first = points_ + int64_t{node.lowest_index} * D;
    std::copy_n(first, D, node.low);
    std::copy_n(first, D, node.high);
    for (int32_t i = begin; i < end; ++i) {
      const uint32_t index = order_[static_cast<size_t>(i)];
      node.lowest_index = std::min(node.lowest_index, index);
      for (int d = 0; d < D; ++d) {
        node.low[d] = std::min(node.low[d], points_[int64_t{index} * D + d]);
        node.high[d] = std::max(node.high[d], points_[int64_t{index} * D + d]);
      }
    }
    return node;
  }

  void StoreLeaf(const Node<D>& leaf) {
    float* out = &coordinates_[static_cast<size_t>(leaf.begin) * D];
    for (int d = 0; d < D; ++d) {
      for (int32_t i = leaf.begin; i < leaf.end; ++i)
        *out++ = points_[int64_t{order_[static_cast<size_t>(i)]} * D + d];
    }
  }

  const float* points_;  // [n, D]
  std::vector<uint32_t> order_;
  std::vector<Node<D>> nodes_;
  std::vector<float> coordinates_;  // of each leaf [D][points]
};

// The search of one thread, one query after another.
template <Distance kDistance, int D>
class TreeQuery {
 public:
  TreeQuery(const Tree<D>& tree, int64_t k)
      : tree_(tree), k_(k), best_(static_cast<size_t>(k + kBuffer + kLeaf)) {}

  // The k nearest of `query`, sorted, excluding `self`.
  std::span<const Candidate<double>> Find(const float* query, uint32_t self) {
    count_ = 0;
    worst_ = {};
    open_.clear();
    open_.push_back({BoxDistance(query, 0), 0});
    while (!open_.empty()) {
      const Open next = open_.back();
      open_.pop_back();
      if (next.best < worst_) Visit(query, self, next.node);
    }
    SelectSmallest<double>(std::span(best_).first(static_cast<size_t>(count_)), k_);
    std::sort(best_.begin(), best_.begin() + k_);
    return std::span(best_).first(static_cast<size_t>(k_));
  }

 private:
  // A node to visit, and a lower bound on the distance of its points.
  struct Open {
    Candidate<double> best;
    int32_t node;
  };

  const Node<D>& At(int32_t node) const { return tree_.nodes()[static_cast<size_t>(node)]; }

  // The distance from the query to the nearest point of the box, computed as all distances are. Each rounding
  // is monotonic, so no point in the box is nearer even in the last bit.
  Candidate<double> BoxDistance(const float* query, int32_t number) const {
    const Node<D>& node = At(number);
    float nearest[D];
    for (int d = 0; d < D; ++d) nearest[d] = std::min(std::max(query[d], node.low[d]), node.high[d]);
    return {node.lowest_index, FloatDistance<kDistance>(query, 1, nearest, 1, D)};
  }

  void Visit(const float* query, uint32_t self, int32_t number) {
    while (At(number).right != 0) {
      Open near = {BoxDistance(query, number + 1), number + 1};
      Open far = {BoxDistance(query, At(number).right), At(number).right};
      if (far.best < near.best) std::swap(near, far);
      if (far.best < worst_) open_.push_back(far);
      if (!(near.best < worst_)) return;
      number = near.node;
    }
    VisitLeaf(query, self, At(number));
  }

  void VisitLeaf(const float* query, uint32_t self, const Node<D>& leaf) {
    const float* coordinates = tree_.coordinates(leaf);
    const int32_t size = leaf.end - leaf.begin;
    const uint32_t* indices = &tree_.order()[static_cast<size_t>(leaf.begin)];
    for (int32_t i = 0; i < size; ++i) {
      const Candidate<double> candidate = {indices[i],
                                           FloatDistance<kDistance>(query, 1, coordinates + i, size, D)};
      best_[static_cast<size_t>(count_)] = candidate;
      count_ += candidate < worst_ && candidate.index != self;
    }
    if (count_ < k_ + kBuffer) return;
    SelectSmallest<double>(std::span(best_).first(static_cast<size_t>(count_)), k_);
    count_ = k_;
    worst_ = best_[static_cast<size_t>(k_ - 1)];
  }

  const Tree<D>& tree_;
  int64_t k_;
  int64_t count_ = 0;
  std::vector<Candidate<double>> best_;  // the first count_ are candidates
  Candidate<double> worst_;
  std::vector<Open> open_;
};

template <Distance kDistance, int D>
void FindAll(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
             Neighbours& result) {
  const Tree<D> tree(points);
  const float* coordinates = (queries == nullptr ? points : *queries).data<float>();
  auto& distances = std::get<LargeVector<double>>(result.distances);
  std::atomic<int64_t> next = 0;
#pragma omp parallel num_threads(options.threads)
  {
    TreeQuery<kDistance, D> search(tree, result.k);
    for (int64_t begin; (begin = next.fetch_add(kChunk)) < result.n;) {
      for (int64_t i = begin; i < std::min(begin + kChunk, result.n); ++i) {
        // In tree order, consecutive queries are close together and find the tree's boxes in the caches.
        const int64_t query = queries == nullptr ? tree.order()[static_cast<size_t>(i)] : i;
        const uint32_t self = queries == nullptr ? static_cast<uint32_t>(query) : UINT32_MAX;
        auto place = static_cast<size_t>(query * result.k);
        for (const Candidate<double>& found : search.Find(coordinates + query * D, self)) {
          result.indices[place] = found.index;
          distances[place++] = found.distance;
        }
      }
      if (options.progress && omp_get_thread_num() == 0) {
        options.progress(static_cast<double>(std::min(begin, result.n)) / static_cast<double>(result.n));
      }
    }
  }
  if (options.progress) options.progress(1);
}

// One search per number of coordinates, so that all loops over them are unrolled.
template <Distance kDistance, int D = 1>
void FindAllOf(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
               Neighbours& result) {
  if (points.row_size() == D) return FindAll<kDistance, D>(points, queries, options, result);
  if constexpr (D < kTreeCoordinates) FindAllOf<kDistance, D + 1>(points, queries, options, result);
}

}  // namespace

void SearchTree(const Tensor& points, const Tensor* queries, const NeighbourOptions& options,
                Neighbours& result) {
  if (options.distance == Distance::kL1) FindAllOf<Distance::kL1>(points, queries, options, result);
  if (options.distance == Distance::kL2) FindAllOf<Distance::kL2>(points, queries, options, result);
}

int64_t TreeSearchBytes(const Tensor& points) {
  const int64_t n = points.rows();
  constexpr int64_t kNodeBytes = sizeof(Node<kTreeCoordinates>);
  return n * (4 + 4 * points.row_size()) + Tree<1>::NodesAtMost(n) * kNodeBytes;
}

}  // namespace hourglass
