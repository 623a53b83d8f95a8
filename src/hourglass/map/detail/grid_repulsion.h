// The repulsion of t-SNE between all pairs of points in the plane, by a grid.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/core/team.h"
#include "hourglass/map/detail/grid_convolution.h"

namespace hourglass {

// Points have charge 1. The field at y is Σ_j K²(y - y_j) (y - y_j), with K(r) = 1 / (1 + |r|²). Cost and
// memory grow with the area of the map and with the number of points, not with its square. Source of the
// idea: Linderman et al., "Fast interpolation-based t-SNE for improved visualization of single-cell RNA-seq
// data", Nature Methods 16 (2019); here with splines, and with the field as one complex convolution.
class GridRepulsion {
 public:
  explicit GridRepulsion(Team& team) : team_(&team), convolution_(team) {}

  // Computes the field of points (x[i], y[i]), and Σ_{i≠j} K(y_i - y_j). Throws nothing for finite points.
  void Compute(std::span<const float> x, std::span<const float> y);
  double energy() const { return energy_; }

  // The field at the places [begin, end) of (x, y), which must lie between the points' least and greatest
  // coordinates. For the points themselves, it includes their own (0 but for rounding).
  void Read(std::span<const float> x, std::span<const float> y, int64_t begin, int64_t end, float* field_x,
            float* field_y) const;

 private:
  void Spread(std::span<const float> x, std::span<const float> y);

  Team* team_;
  GridConvolution convolution_;
  double spacing_ = 0, energy_ = 0;
  float origin_x_ = 0, origin_y_ = 0;  // of node 0
  std::vector<Tensor> densities_;      // one per thread; the first becomes the sum
  Tensor field_x_, field_y_;
};

}  // namespace hourglass
