#include "hourglass/neighbours/neighbour_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/data/formats/npy.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr char kIndices[] = "indices.npy";
constexpr char kDistances[] = "distances.npy";

// True if each row of k is non-negative and non-decreasing.
template <class T>
bool Rise(const LargeVector<T>& distances, int64_t k) {
  for (auto row = distances.begin(); row != distances.end(); row += k) {
    if (!(*row >= 0) || !std::is_sorted(row, row + k)) return false;
  }
  return true;
}

// Reads lists written by WriteNeighbours for n points with distances of type T.
template <class T>
Neighbours ReadNeighbours(const fs::path& folder, int64_t n, const NeighbourOptions& options) {
  auto indices = ReadNpyArray<uint32_t>(folder / kIndices);
  auto distances = ReadNpyArray<T>(folder / kDistances);
  const std::vector<int64_t> sizes = {n, options.k};
  const bool good = indices.sizes == sizes && distances.sizes == sizes && Rise(distances.values, options.k) &&
                    std::ranges::max(indices.values) < n;
  if (!good) {
    throw DataError({.what = fmt::format("{}: invalid neighbour lists", folder.string()),
                     .expected = fmt::format(
                         "{} x {} point indices, and distances that never fall along a row", n, options.k),
                     .hint = "remove the folder; it will be created again"});
  }
  return {.n = n,
          .k = options.k,
          .distance = options.distance,
          .indices = std::move(indices.values),
          .distances = std::move(distances.values)};
}

fs::path Subfolder(const Tensor& points, Distance distance, int64_t k) {
  const std::string checksum = Sha256({static_cast<const char*>(points.raw()), points.byte_size()});
  return fmt::format("{}-k{}-{}", Name(distance), k, checksum.substr(0, 16));
}

}  // namespace

void WriteNeighbours(const fs::path& folder, const Neighbours& neighbours) {
  CreateDirectories(folder);
  const Shape shape = {neighbours.n, neighbours.k};
  std::visit([&](const auto& distances) { WriteNpy(folder / kDistances, distances, shape); },
             neighbours.distances);
  WriteNpy(folder / kIndices, neighbours.indices, shape);  // written last: if it exists, everything does
}

Neighbours KeptNeighbours(const fs::path& folder, const Tensor& points, const NeighbourOptions& options) {
  const fs::path place = folder / Subfolder(points, options.distance, options.k);
  if (fs::exists(place / kIndices)) {
    return points.dtype() == DType::kU8 ? ReadNeighbours<int32_t>(place, points.rows(), options)
                                        : ReadNeighbours<double>(place, points.rows(), options);
  }
  Neighbours neighbours = NearestNeighbours(points, options);
  WriteNeighbours(place, neighbours);
  return neighbours;
}

void KeepNeighbours(const fs::path& folder, const Tensor& points, const Neighbours& neighbours) {
  WriteNeighbours(folder / Subfolder(points, neighbours.distance, neighbours.k), neighbours);
}

}  // namespace hourglass
