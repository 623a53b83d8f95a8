// Sums over all pairs of charges on a grid, by Fourier transforms.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"
#include "hourglass/map/detail/fft_plan.h"

namespace hourglass {

// With charges ρ spread over the nodes of a square grid by cubic B-splines, and read from it likewise, this
// computes for the kernel K(x, y) = 1 / (1 + x² + y²) of t-SNE
//   the field  Σ_j ρ_j K²(y_i - y_j) (y_i - y_j), the repulsion, and
//   the energy Σ_ij ρ_i ρ_j K(y_i - y_j).
// The kernels are interpolated by the splines exactly at the nodes. The grid is surrounded by zeros, so that
// its two ends do not see each other.
class GridConvolution {
 public:
  explicit GridConvolution(Team& team) : team_(&team) {}

  // For grids of at least `nodes` × `nodes`, `spacing` apart. Prepares the kernels if these have changed.
  void Resize(int64_t nodes, double spacing);
  // Nodes per side: more than asked for where their number suits the transforms.
  int64_t nodes() const { return nodes_; }

  // density, field_x and field_y [nodes, nodes], x before y. Overwrites both fields; returns the energy.
  double Convolve(const float* density, float* field_x, float* field_y);

 private:
  // Transforms `filled` columns of as many numbers along x. `im` may be null.
  void TransformColumns(const float* re, const float* im, int64_t filled);
  void PrepareKernels();
  template <class Value>
  void Sample(const Value& value, Tensor& of_x, Tensor& of_y);
  void Transform(const Tensor& re, const Tensor* im, Tensor& re_spectrum, Tensor& im_spectrum);
  void DivideBySplines();

  Team* team_;
  int64_t nodes_ = 0, size_ = 0;  // size: of the transforms, twice the nodes
  double spacing_ = 0;
  FftPlan plan_;
  std::vector<Tensor> scratch_;          // of each thread: four times [size, lanes]
  Tensor half_re_, half_im_;             // transformed along x: [size / lanes, filled, lanes]
  Tensor force_re_, force_im_, energy_;  // transformed kernels, divided by the splines' and the size
  std::vector<double> energies_;         // of each group of `lanes` frequencies along x
};

}  // namespace hourglass
