#include "hourglass/neighbours/neighbour_graph.h"

#include <algorithm>

namespace hourglass {

NeighbourGraph SymmetricGraph(const Neighbours& neighbours) {
  const auto n = static_cast<size_t>(neighbours.n);
  std::vector<std::vector<uint32_t>> rows(n);
  for (size_t i = 0; i < n; ++i) {
    for (const uint32_t j : neighbours.Of(static_cast<int64_t>(i))) {
      rows[i].push_back(j);
      rows[j].push_back(static_cast<uint32_t>(i));
    }
  }
  NeighbourGraph graph = {.begin = {0}, .points = {}};
  for (std::vector<uint32_t>& row : rows) {
    std::ranges::sort(row);
    graph.points.insert(graph.points.end(), row.begin(), std::unique(row.begin(), row.end()));
    graph.begin.push_back(static_cast<int64_t>(graph.points.size()));
  }
  return graph;
}

}  // namespace hourglass
