// The codes that an encoder learns: the places of the training images on a map.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "hourglass/backend/backend.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/map/map_run.h"
#include "hourglass/neighbours/neighbours.h"
#include "hourglass/train/map_points.h"

namespace hourglass {

struct Teacher {
  Tensor codes;           // f32 [n, d], of the training images
  Tensor held_out_codes;  // f32 [m, d], of the held-out images, placed among them
  double deviation = 1;   // of the codes, the root mean square over their numbers
  Neighbours nearest;     // of each training image
};

struct TeacherOptions {
  Distance distance = Distance::kL2;
  int64_t code_size = 2;
  Activation activation = Activation::kNone;  // that makes the codes, which can only take its values
  uint64_t seed = 0;
  int threads = 1;
  Json source = {};  // where the images come from, for map.json
};

// Makes a map of the training points in `folder`, or resumes the one there, and places the held-out points on
// it. Codes have mean 0 and deviation 1, or are moved and scaled into the middle of the
// activation's range. Returns nothing if the observer stopped it; the same call then resumes it. Throws as
// MakeMap and PlaceOnMap do.
std::optional<Teacher> MakeTeacher(const MapPoints& points, const TeacherOptions& options,
                                   const std::filesystem::path& folder, MapObserver& observer);

}  // namespace hourglass
