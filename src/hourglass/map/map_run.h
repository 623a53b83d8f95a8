// Makes a map in a folder, where it can be resumed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/map/map_optimizer.h"
#include "hourglass/neighbours/distance.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

inline constexpr int64_t kMostMapDimensions = 64;

struct MapOptions {
  Distance distance = Distance::kL2;
  int64_t dimensions = 2;
  std::vector<double> perplexities = {30};
  MapSchedule schedule = {};
  uint64_t seed = 0;
  int threads = 1;
};

class MapObserver {
 public:
  virtual ~MapObserver() = default;
  // `share` of step `what` is done.
  virtual void OnStep(const std::string& /*what*/, double /*share*/) {}
  // Asked between iterations. If true, the map is saved as it is.
  virtual bool StopRequested() { return false; }
};

struct MadeMap {
  Tensor codes;  // f32 [n, d]
  int64_t iterations = 0;
  double divergence = 0;  // as last measured; NaN if never
  bool complete = false;  // false if the observer asked to stop
  // Of the points, a few for each unit of perplexity; empty (k = 0) if the map was complete already.
  Neighbours neighbours;
  std::string note;  // what was done otherwise than asked; may be empty
};

// Makes a map of points (u8 or f32 [n, …]) in `folder`, which is created. It holds
//   map.json           the settings, what the map was made from (`source`, kept as it is), and the outcome
//   state.safetensors  what a later call needs to go on, written now and then
//   codes.npy          the codes, f32 [n, d], written at the end
// If the folder holds a map of the same points with the same settings, this goes on from there; more
// iterations than last time are not another setting. A perplexity above (n - 1) / 3 is lowered to that, which
// the note says.
//
// Throws a usage Error if the folder holds another map or another process uses it, for fewer than 4 points, a
// perplexity that is not in [1, 333] or as NearestNeighbours does; a data Error for numbers that are not
// finite and for a damaged state; a system Error if a file cannot be written.
MadeMap MakeMap(const Tensor& points, const MapOptions& options, const Json& source,
                const std::filesystem::path& folder, MapObserver& observer);

// A map on disk.
struct MapFile {
  Json description;  // map.json
  Tensor codes;      // f32 [n, d]

  Distance distance() const;
  // Whether it was made from exactly these points.
  bool IsOf(const Tensor& points) const;
};
// Throws a data Error if `folder` holds no complete map.
MapFile ReadMap(const std::filesystem::path& folder);
// The complete map in `folder` if it was made of exactly these points with these settings, so that MakeMap
// would make it again; else nothing. Throws as ReadMap does if the map is damaged.
std::optional<MapFile> FindMap(const std::filesystem::path& folder, const Tensor& points,
                               const MapOptions& options);

}  // namespace hourglass
