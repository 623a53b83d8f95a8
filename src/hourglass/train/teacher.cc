#include "hourglass/train/teacher.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "hourglass/map/placement.h"
#include "hourglass/neighbours/neighbour_files.h"

namespace hourglass {
namespace {

constexpr int64_t kNearest = 5;  // images that an image may be mixed with

// code ↦ scale · code + shift, the same scale for all numbers, so that the map keeps its form.
struct Fit {
  double scale = 1;
  std::vector<double> shift;

  void Apply(Tensor& codes) const {
    const auto d = static_cast<size_t>(codes.row_size());
    const std::span<float> values = codes.span<float>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(scale * static_cast<double>(values[i]) + shift[i % d]);
  }
};

struct Spread {
  std::vector<double> mean, lowest;  // of each number of the code
  double deviation = 0;              // root mean square
  double range = 0;                  // of the number that varies most
};

Spread SpreadOf(const Tensor& codes) {
  const int64_t n = codes.rows(), d = codes.row_size();
  Spread spread;
  double squares = 0;
  for (int64_t column = 0; column < d; ++column) {
    double sum = 0, low = INFINITY, high = -INFINITY;
    const auto at = [&](int64_t row) { return static_cast<double>(codes.data<float>()[row * d + column]); };
    for (int64_t row = 0; row < n; ++row) {
      sum += at(row);
      low = std::min(low, at(row));
      high = std::max(high, at(row));
    }
    const double mean = sum / static_cast<double>(n);
    for (int64_t row = 0; row < n; ++row) squares += (at(row) - mean) * (at(row) - mean);
    spread.mean.push_back(mean);
    spread.lowest.push_back(low);
    spread.range = std::max(spread.range, high - low);
  }
  spread.deviation = std::sqrt(squares / static_cast<double>(n * d));
  return spread;
}

// Where the codes of the activation lie best: away from where it saturates.
Fit FitTo(Activation activation, const Spread& spread) {
  constexpr double kMiddle = 0.9;   // share of a bounded range that is used
  constexpr double kMargin = 0.25;  // above 0 for ReLUs, in deviations
  // A leaky ReLU reaches numbers below 0 only with inputs that are many times larger.
  const bool rectifies = activation == Activation::kRelu || activation == Activation::kLeakyRelu;
  const bool bounded = activation == Activation::kTanh || activation == Activation::kSigmoid;
  const double width = activation == Activation::kTanh ? 2 : 1;
  const double extent = bounded ? spread.range : spread.deviation;
  Fit fit{.scale = extent > 0 ? (bounded ? width * kMiddle : 1) / extent : 1, .shift = {}};
  for (size_t i = 0; i < spread.mean.size(); ++i) {
    const double low = activation == Activation::kTanh ? -kMiddle : (1 - kMiddle) / 2;
    double shift = -fit.scale * spread.mean[i];
    if (bounded) shift = low - fit.scale * spread.lowest[i];
    if (rectifies) shift = kMargin - fit.scale * spread.lowest[i];
    fit.shift.push_back(shift);
  }
  return fit;
}

// Kept in `folder`. `of_map` saves a search if the map was made just now.
Neighbours NearestImages(const Tensor& points, const Neighbours& of_map, const TeacherOptions& options,
                         const std::filesystem::path& folder, MapObserver& observer) {
  const int64_t k = std::min(kNearest, points.rows() - 1);
  if (of_map.k >= k) {
    Neighbours nearest = NearestOf(of_map, k);
    KeepNeighbours(folder, points, nearest);
    return nearest;
  }
  const auto progress = [&](double share) { observer.OnStep("nearest images", share); };
  return KeptNeighbours(
      folder, points,
      {.distance = options.distance, .k = k, .threads = options.threads, .progress = progress});
}

}  // namespace

std::optional<Teacher> MakeTeacher(const MapPoints& points, const TeacherOptions& options,
                                   const std::filesystem::path& folder, MapObserver& observer) {
  const MapOptions map_options = {.distance = options.distance,
                                  .dimensions = options.code_size,
                                  .seed = options.seed,
                                  .threads = options.threads};
  MadeMap map = MakeMap(points.train, map_options, options.source, folder, observer);
  if (!map.complete) return std::nullopt;
  Teacher teacher{.codes = std::move(map.codes), .held_out_codes = {}, .nearest = {}};
  Team team(options.threads);
  observer.OnStep("held-out images", 0);
  teacher.held_out_codes =
      PlaceOnMap(points.train, teacher.codes, points.held_out, {.distance = options.distance}, team);
  const Spread spread = SpreadOf(teacher.codes);
  const Fit fit = FitTo(options.activation, spread);
  fit.Apply(teacher.codes);
  fit.Apply(teacher.held_out_codes);
  teacher.deviation = fit.scale * spread.deviation;
  teacher.nearest = NearestImages(points.train, map.neighbours, options, folder / "neighbours", observer);
  return teacher;
}

}  // namespace hourglass
