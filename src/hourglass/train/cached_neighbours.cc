#include "hourglass/train/cached_neighbours.h"

#include <fmt/format.h>

#include <exception>
#include <mutex>

#include "hourglass/core/error.h"
#include "hourglass/data/open_data.h"
#include "hourglass/neighbours/neighbour_files.h"

namespace hourglass {

CachedNeighbours FindCachedNeighbours(const Dataset& data, const NeighbourOptions& options) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const Tensor images = AllImages(data);
  std::string why;
  try {
    return {KeptNeighbours(UserCacheDir() / "neighbours", images, options), ""};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUsage) throw;
    why = error.text().what;
  } catch (const std::filesystem::filesystem_error& error) {
    why = error.what();
  }
  return {NearestNeighbours(images, options),
          fmt::format("the neighbours of the images are not kept for later runs ({})", why)};
}

}  // namespace hourglass
