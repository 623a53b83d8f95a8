#include "hourglass/map/detail/components.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "hourglass/core/rng.h"

namespace hourglass {
namespace {

constexpr int64_t kMostRows = 2000;
constexpr int kIterations = 20;
constexpr int64_t kBesides = 4;  // directions that take part so that the wanted ones converge sooner

using Vector = std::vector<float>;

// Row `row` as floats, minus `mean`, times `scale`.
void CentredRow(const Tensor& points, int64_t row, const Vector& mean, float scale, Vector& to) {
  const auto centre = [&](const auto* from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] = scale * static_cast<float>(from[i]) - scale * mean[i];
  };
  const int64_t size = points.row_size();
  if (points.dtype() == DType::kU8) return centre(points.data<uint8_t>() + row * size);
  centre(points.data<float>() + row * size);
}

float Dot(const Vector& a, const Vector& b) {
  float sums[16] = {};
  size_t i = 0;
  for (; i + 16 <= a.size(); i += 16) {
    for (size_t lane = 0; lane < 16; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  for (const float lane : sums) sum += lane;
  return sum;
}

void AddScaled(float factor, const Vector& x, Vector& y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] += factor * x[i];
}

// Makes the vectors orthonormal, in order; one that depends on those before it becomes zero.
void Orthonormalise(std::vector<Vector>& vectors) {
  for (size_t i = 0; i < vectors.size(); ++i) {
    const float before = std::sqrt(Dot(vectors[i], vectors[i]));
    for (int twice = 0; twice < 2; ++twice) {  // the second time removes what rounding left
      for (size_t j = 0; j < i; ++j) AddScaled(-Dot(vectors[i], vectors[j]), vectors[j], vectors[i]);
    }
    const float length = std::sqrt(Dot(vectors[i], vectors[i]));
    const float factor = length > 1e-5f * before ? 1 / length : 0;
    for (float& value : vectors[i]) value *= factor;
  }
}

}  // namespace

Tensor LeadingCoordinates(const Tensor& points, int64_t d, uint64_t seed, Team& team) {
  const int64_t n = points.rows(), rows = std::min(n, kMostRows);
  const auto size = static_cast<size_t>(points.row_size());
  const auto row_at = [&](int64_t i) { return n * i / rows; };
  Vector mean(size), row(size);
  for (int64_t i = 0; i < rows; ++i) {
    CentredRow(points, row_at(i), Vector(size), 1, row);
    AddScaled(1 / static_cast<float>(rows), row, mean);
  }
  // Squares of large numbers must not overflow.
  float largest = 0;
  for (const float value : mean) largest = std::max(largest, std::abs(value));
  for (int64_t i = 0; i < rows; ++i) {
    CentredRow(points, row_at(i), Vector(size), 1, row);
    for (const float value : row) largest = std::max(largest, std::abs(value));
  }
  const float scale = largest > 0 ? 1 / largest : 1;
  std::vector<Vector> sample(static_cast<size_t>(rows), Vector(size));
  for (int64_t i = 0; i < rows; ++i)
    CentredRow(points, row_at(i), mean, scale, sample[static_cast<size_t>(i)]);
  const Rng rng(seed, Stream::kMap);
  std::vector<Vector> directions(static_cast<size_t>(std::min<int64_t>(d + kBesides, points.row_size())),
                                 Vector(size));
  for (size_t i = 0; i < directions.size(); ++i) {
    for (size_t j = 0; j < size; ++j) directions[i][j] = rng.Normal(0, i, static_cast<uint32_t>(j));
  }
  Orthonormalise(directions);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    team.For(std::ssize(directions), 1, [&](int, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        Vector next(size);
        for (const Vector& x : sample) AddScaled(Dot(x, directions[static_cast<size_t>(i)]), x, next);
        directions[static_cast<size_t>(i)] = std::move(next);
      }
    });
    Orthonormalise(directions);
  }
  Tensor coordinates({d, n});
  std::ranges::fill(coordinates.span<float>(), 0.0f);
  team.For(n, 1, [&](int, int64_t begin, int64_t end) {
    Vector x(size);
    for (int64_t i = begin; i < end; ++i) {
      CentredRow(points, i, mean, scale, x);
      for (int64_t axis = 0; axis < std::min(d, std::ssize(directions)); ++axis) {
        coordinates.data<float>()[axis * n + i] = Dot(x, directions[static_cast<size_t>(axis)]);
      }
    }
  });
  return coordinates;
}

}  // namespace hourglass
