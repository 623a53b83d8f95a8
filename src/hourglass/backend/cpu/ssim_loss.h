// 1 - SSIM between images and their reconstructions, with its gradient. Each thread computes whole images,
// and their losses are added in order, so the result does not depend on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"

namespace hourglass::cpu {

// One channel of an image and of its reconstruction, and the maps that SSIM needs, in f64: a variance is the
// difference of a mean square and a squared mean, which in bright, flat images agree to more digits than f32
// has. Rows begin `stride` apart and may be read, but not believed, up to the next vector beyond their end.
struct SsimPlanes {
  static constexpr int64_t kMostLanes =
      8;  // of f64, in any instruction set: rows are padded to whole vectors

  SsimPlanes(const PlaneSize& image, const std::vector<double>& of)
      : window(of.data()),
        K(std::ssize(of)),
        H(image.height),
        W(image.width),
        rows(H - K + 1),
        columns(W - K + 1),
        stride((W + kMostLanes - 1) / kMostLanes * kMostLanes),
        wide(stride + K - 1),
        target(Plane(H)),
        y(Plane(H)) {
    for (auto& map : blurred) map = Plane(rows);
    for (auto& map : slopes) map.assign(static_cast<size_t>(rows * wide + K + kMostLanes), 0.0);
    for (auto& map : spread) map = Plane(rows + 2 * (K - 1));
    dy = Plane(H);
  }

  const double* window;
  int64_t K, H, W;
  int64_t rows, columns;  // positions of the window
  int64_t stride, wide;
  std::vector<double> target, y;   // [H, stride]
  std::vector<double> blurred[4];  // [rows, stride]: X, Y, S and M, so far only of columns of the window
  std::vector<double> slopes[3];   // [rows, wide]: by Y, S and M, K - 1 zeros before and after them
  std::vector<double> spread[3];   // [K - 1 + rows + K - 1, stride]: the same, back at the columns of pixels
  std::vector<double> dy;          // [H, stride]: the gradient of the sum of SSIM over all positions

 private:
  std::vector<double> Plane(int64_t height) const {
    return std::vector<double>(static_cast<size_t>(height * stride + K + kMostLanes), 0.0);
  }
};

// Tensors are checked by the caller.
class SsimLossOfImages {
 public:
  explicit SsimLossOfImages(Team& team) : team_(&team) {}

  // The sum over the rows of 1 - SSIM, and its gradient, as Backend::SsimLoss defines them.
  double Sum(const Tensor& y, const Tensor& target, Activation activation, double weight,
             Accumulation accumulation, Tensor* dz);

 private:
  void MakeRoom(const PlaneSize& image, int64_t rows);

  Team* team_;
  PlaneSize image_ = {0, 0};
  std::vector<double> window_;      // for images of this size
  std::vector<SsimPlanes> planes_;  // [threads]
  std::vector<double> losses_;      // [rows]
};

}  // namespace hourglass::cpu
