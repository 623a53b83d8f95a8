#include "hourglass/analysis/generation.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "hourglass/analysis/code_units.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/detail/linear_algebra.h"
#include "hourglass/core/error.h"
#include "hourglass/core/rng.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

void CheckLabels(const Dataset& data) {
  if (!data.labels().empty()) return;
  throw UsageError({.what = "these images have no labels, so there are no classes to generate from",
                    .hint = "interpolate between images, or draw a grid over a code of two numbers"});
}

// `names`: of the classes that have images; `all_names` as in ClassCentroids.
Error NoSuchClass(int64_t label, const std::vector<std::string>& names,
                  std::span<const std::string> all_names) {
  constexpr size_t kListed = 20;
  return UsageError({.what = "no image of this class",
                     .expected = "one of " + Listed(names, kListed),
                     .got = ClassName(all_names, static_cast<int32_t>(label))});
}

// The images of each class, in order.
std::map<int64_t, std::vector<int64_t>> IdsByClass(const Dataset& data) {
  CheckLabels(data);
  std::map<int64_t, std::vector<int64_t>> ids;
  for (int64_t id = 0; id < data.size(); ++id) ids[data.labels()[static_cast<size_t>(id)]].push_back(id);
  return ids;
}

Error NotFinite() {
  return DataError({.what = "the model's codes of these images are not all finite",
                    .hint = "its training diverged, or its file was changed"});
}

// Codes of all images. Even finite weights can give codes that are not finite.
Tensor FiniteCodes(Session& session, const Dataset& data) {
  Tensor codes = EncodeAll(session, data);
  const auto values = codes.span<float>();
  if (std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) return codes;
  throw NotFinite();
}

// The rows `ids` of codes, in f64.
Eigen::MatrixXd RowsOf(const Tensor& codes, const std::vector<int64_t>& ids) {
  Eigen::MatrixXd rows(ids.size(), codes.row_size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const float* code = codes.data<float>() + ids[i] * codes.row_size();
    for (int64_t k = 0; k < codes.row_size(); ++k) rows(static_cast<Eigen::Index>(i), k) = code[k];
  }
  return rows;
}

// A matrix A with A Aᵀ = covariance, which may be singular: dead units have no variance.
Eigen::MatrixXd SquareRoot(const Eigen::MatrixXd& covariance) {
  const auto [variances, directions] = SolveSymmetric(covariance);
  return directions * variances.cwiseMax(0.0).cwiseSqrt().asDiagonal();
}

std::vector<float> Spread(float low, float high, int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(low + (high - low) * static_cast<float>(i) / static_cast<float>(count - 1));
  }
  return values;
}

// The 1st and the 99th percentile of one number of the codes; the outer ranks if they lie between two.
std::pair<float, float> MiddleOf(const Tensor& codes, int64_t number) {
  std::vector<float> values;
  for (int64_t i = 0; i < codes.rows(); ++i) {
    values.push_back(codes.data<float>()[i * codes.row_size() + number]);
  }
  std::ranges::sort(values);
  const size_t outside = (values.size() - 1) / 100;
  return {values[outside], values[values.size() - 1 - outside]};
}

}  // namespace

ClassCentroids MeasureCentroids(Session& session, const Dataset& data) {
  const auto ids = IdsByClass(data);
  const Tensor codes = FiniteCodes(session, data);
  const int64_t d = session.model().code_size();
  ClassCentroids result{.classes = {},
                        .names = {},
                        .images = {},
                        .codes = Tensor({static_cast<int64_t>(ids.size()), d}),
                        .all_names = {data.class_names().begin(), data.class_names().end()}};
  for (const auto& [label, members] : ids) {
    const Eigen::VectorXf mean = RowsOf(codes, members).colwise().mean().cast<float>();
    std::ranges::copy(mean, result.codes.data<float>() + static_cast<int64_t>(result.classes.size()) * d);
    result.classes.push_back(label);
    result.names.push_back(ShownClassName(data, static_cast<int32_t>(label)));
    result.images.push_back(static_cast<int64_t>(members.size()));
  }
  return result;
}

Tensor CentroidPair(const ClassCentroids& centroids, int64_t from, int64_t to) {
  std::vector<int64_t> rows;
  for (const int64_t label : {from, to}) {
    const auto place = std::ranges::find(centroids.classes, label);
    if (place == centroids.classes.end()) throw NoSuchClass(label, centroids.names, centroids.all_names);
    rows.push_back(place - centroids.classes.begin());
  }
  return GatherRows(centroids.codes, rows);
}

Tensor SampleClass(Session& session, const Dataset& data, int64_t label, int64_t count, uint64_t seed) {
  const auto ids = IdsByClass(data);
  const auto members = ids.find(label);
  if (members == ids.end()) {
    std::vector<std::string> names;
    for (const auto& [known, of_known] : ids)
      names.push_back(ShownClassName(data, static_cast<int32_t>(known)));
    throw NoSuchClass(label, names, data.class_names());
  }
  const int64_t d = session.model().code_size();
  if (d > kMaxSampledCode) {
    throw UsageError({.what = "the code is too large to sample: its covariance has d² numbers",
                      .expected = fmt::format("at most {} numbers", kMaxSampledCode),
                      .got = fmt::format("{}", d)});
  }
  const Eigen::MatrixXd codes = RowsOf(FiniteCodes(session, data), members->second);
  const Eigen::RowVectorXd mean = codes.colwise().mean();
  const Eigen::MatrixXd centred = codes.rowwise() - mean;
  const Eigen::MatrixXd root =
      SquareRoot(Product(centred.transpose(), centred) / static_cast<double>(codes.rows()));
  const bool rectified = HasRectifiedCode(session.model());
  const Rng rng(seed, Stream::kGenerate);
  Tensor samples({count, d});
  for (int64_t i = 0; i < count; ++i) {
    Eigen::VectorXd normal(d);
    for (int64_t k = 0; k < d; ++k)
      normal[k] = rng.Normal(0, static_cast<uint64_t>(i), static_cast<uint32_t>(k));
    Eigen::VectorXd code = mean.transpose() + root * normal;
    if (rectified) code = code.cwiseMax(0.0);
    std::ranges::copy(code.cast<float>().eval(), samples.data<float>() + i * d);
  }
  return samples;
}

Tensor SamplePrior(const Model& model, int64_t count, uint64_t seed) {
  if (!model.gaussian()) {
    throw UsageError({.what = "the codes of this model follow no known distribution",
                      .expected = "a model with a gaussian bottleneck",
                      .got = model.architecture().name + " with bottleneck = identity",
                      .hint = "train one",
                      .setting = "bottleneck = gaussian"});
  }
  const Rng rng(seed, Stream::kGenerate);
  Tensor codes({count, model.code_size()});
  for (int64_t i = 0; i < codes.size(); ++i) {
    const int64_t row = i / codes.row_size(), number = i % codes.row_size();
    codes.data<float>()[i] = rng.Normal(0, static_cast<uint64_t>(row), static_cast<uint32_t>(number));
  }
  return codes;
}

CodeGrid GridOfCodes(Session& session, const Dataset& data, int64_t side) {
  if (session.model().code_size() != 2) {
    throw UsageError({.what = "a grid of decoded codes needs a code of two numbers",
                      .expected = "d = 2",
                      .got = fmt::format("d = {}", session.model().code_size()),
                      .hint = "train one",
                      .setting = "code_size = 2"});
  }
  if (side < 2)
    throw UsageError({.what = "a grid needs at least two values per side", .got = fmt::format("{}", side)});
  const Tensor codes = FiniteCodes(session, data);
  const auto [left, right] = MiddleOf(codes, 0);
  const auto [bottom, top] = MiddleOf(codes, 1);
  CodeGrid grid{.first = Spread(left, right, side),
                .second = Spread(top, bottom, side),
                .codes = Tensor({side * side, 2})};
  float* code = grid.codes.data<float>();
  for (const float second : grid.second) {
    for (const float first : grid.first) {
      *code++ = first;
      *code++ = second;
    }
  }
  return grid;
}

}  // namespace hourglass
