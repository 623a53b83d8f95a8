// The two parts of t-SNE's gradient.
#pragma once

#include <cstdint>
#include <memory>

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"
#include "hourglass/map/affinities.h"

namespace hourglass {

// K(r) = 1 / (1 + |r|²) throughout.
class MapForces {
 public:
  virtual ~MapForces() = default;

  // Computes what all points need. `codes` [d, n] must live until the next call.
  virtual void Prepare(const Tensor& codes, int64_t iteration) = 0;
  // Z = Σ_{i≠j} K(y_i - y_j)
  virtual double normaliser() const = 0;
  // Writes Σ_j (exaggeration · p_ij - q_ij) K(y_i - y_j) (y_i - y_j) for the points in [begin, end).
  virtual void Gradient(double exaggeration, int64_t begin, int64_t end, Tensor& gradient) const = 0;
  // Σ_ij p_ij ln K(y_i - y_j) over the rows in [begin, end).
  virtual double LogKernels(int64_t begin, int64_t end) const = 0;
};

// For codes of d numbers: all pairs, by a grid (grid_repulsion.h) if the points are many; but random pairs of
// many points if d > 2.
std::unique_ptr<MapForces> MakeMapForces(const Affinities& affinities, int64_t d, uint64_t seed, Team& team);

}  // namespace hourglass
