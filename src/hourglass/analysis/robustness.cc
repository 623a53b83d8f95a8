#include "hourglass/analysis/robustness.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include "hourglass/analysis/detail/blocks.h"
#include "hourglass/analysis/evaluation.h"
#include "hourglass/analysis/image_quality.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

constexpr size_t kMaxAmounts = 1000;

// Sums over images of their squared error per pixel, and of 1 - SSIM.
class QualitySum {
 public:
  QualitySum() { std::ranges::fill(sums_.span<double>(), 0.0); }
  void Add(Backend& backend, const Tensor& images, const Tensor& seen) {
    backend.Loss({}, seen, images, sums_, 0);
    backend.SsimLoss(seen, images, Activation::kNone, 1, Accumulation::kWrite, nullptr, sums_, 1);
  }
  Quality Mean(int64_t images) const {
    const auto count = static_cast<double>(images);
    const double mse = sums_.data<double>()[0] / count;
    return {.mse = mse, .psnr = Psnr(mse), .ssim = 1 - sums_.data<double>()[1] / count};
  }

 private:
  Tensor sums_{{2}, DType::kF64};
};

// An estimator that receives corrupted images, and the curve that stores its quality.
struct Answerer {
  std::function<Tensor(const Tensor&)> answer;
  QualityCurve* curve;
};

void MeasureAmount(Backend& backend, const Dataset& data, const Corruption& corruption, uint64_t seed,
                   const std::vector<Answerer>& answerers) {
  std::vector<QualitySum> sums(answerers.size());
  ForEachBlock(backend, data, -1, [&](std::span<const int64_t> ids, Tensor& images) {
    Tensor corrupted = images.Clone();
    CorruptForEvaluation(backend, corruption, seed, ids, corrupted);
    for (size_t i = 0; i < answerers.size(); ++i) {
      const Tensor answer = answerers[i].answer ? answerers[i].answer(corrupted) : Tensor();
      sums[i].Add(backend, images, answerers[i].answer ? answer : corrupted);
    }
  });
  for (size_t i = 0; i < answerers.size(); ++i)
    answerers[i].curve->points.push_back(sums[i].Mean(data.size()));
}

// A number with no other text around it.
std::optional<double> ToNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::vector<double>> ToNumbers(std::string_view text, char separator) {
  std::vector<double> numbers;
  while (true) {
    const size_t end = std::min(text.find(separator), text.size());
    const std::optional<double> number = ToNumber(text.substr(0, end));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    if (end == text.size()) return numbers;
    text.remove_prefix(end + 1);
  }
}

// first, first + step, … up to last.
std::vector<double> Grid(double first, double last, double step) {
  std::vector<double> amounts;
  const double count = std::floor((last - first) / step + 1e-9) + 1;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    // 0.3 rather than 0.30000000000000004.
    amounts.push_back(std::round((first + static_cast<double>(i) * step) * 1e12) / 1e12);
  }
  return amounts;
}

Json ToJson(const QualityCurve& curve) {
  Json json = {
      {"label", curve.label}, {"mse", Json::array()}, {"psnr", Json::array()}, {"ssim", Json::array()}};
  for (const Quality& quality : curve.points) {
    json["mse"].push_back(quality.mse);
    json["psnr"].push_back(std::isfinite(quality.psnr) ? Json(quality.psnr) : Json());
    json["ssim"].push_back(quality.ssim);
  }
  return json;
}

}  // namespace

Robustness MeasureRobustness(std::span<const LabelledModel> models, const Dataset& data, CorruptionKind kind,
                             std::span<const double> amounts, uint64_t seed,
                             const PixelCovariance* covariance) {
  RequireAtLeast("number of models", std::ssize(models), 1);
  if (kind == CorruptionKind::kNone) {
    throw UsageError({.what = "robustness needs a corruption", .got = std::string(Name(kind))});
  }
  if (amounts.empty()) throw UsageError({.what = fmt::format("no amounts of {} corruption", Name(kind))});
  for (const double amount : amounts) CheckCorruption({kind, amount});
  Robustness result{.kind = kind,
                    .amounts = {amounts.begin(), amounts.end()},
                    .images = data.size(),
                    .corrupted = {.label = "doing nothing", .points = {}},
                    .wiener = std::nullopt,
                    .models = {}};
  for (const auto& [label, session] : models) {
    CheckImageShape(session->model().image_shape(), data);
    result.models.push_back({.label = label, .points = {}});
  }
  const bool filter = kind == CorruptionKind::kGaussian && covariance != nullptr;
  if (filter) result.wiener = {.label = "Wiener filter", .points = {}};
  Backend& backend = models.front().session->backend();
  for (const double amount : amounts) {
    std::vector<Answerer> answerers = {{.answer = nullptr, .curve = &result.corrupted}};
    for (size_t m = 0; m < models.size(); ++m) {
      answerers.push_back(
          {[&, m](const Tensor& x) { return models[m].session->Reconstruct(x); }, &result.models[m]});
    }
    std::optional<WienerFilter> wiener;
    if (filter) {
      wiener.emplace(backend, *covariance, amount);
      answerers.push_back({[&](const Tensor& x) { return wiener->Apply(backend, x); }, &*result.wiener});
    }
    MeasureAmount(backend, data, {kind, amount}, seed, answerers);
  }
  return result;
}

std::vector<double> DefaultAmounts(CorruptionKind kind) {
  return Grid(0, kind == CorruptionKind::kGaussian ? 1.0 : 0.9, 0.1);
}

std::vector<double> ParseAmounts(std::string_view text) {
  const auto refuse = [&](std::string what) {
    return UsageError(
        {.what = fmt::format("amounts '{}': {}", text, what),
         .expected = "FIRST:LAST:STEP such as 0:1:0.1, or an ascending list such as 0,0.2,0.5"});
  };
  std::vector<double> amounts;
  if (text.find(':') != std::string_view::npos) {
    const auto grid = ToNumbers(text, ':');
    if (!grid || grid->size() != 3) throw refuse("not three numbers");
    const double first = (*grid)[0], last = (*grid)[1], step = (*grid)[2];
    if (step <= 0 || last < first) throw refuse("the range from FIRST to LAST is empty");
    if ((last - first) / step > kMaxAmounts) throw refuse(fmt::format("more than {} amounts", kMaxAmounts));
    amounts = Grid(first, last, step);
  } else {
    const auto list = ToNumbers(text, ',');
    if (!list) throw refuse("not numbers");
    amounts = *list;
  }
  if (std::ranges::adjacent_find(amounts, std::greater_equal<>()) != amounts.end())
    throw refuse("not in ascending order");
  if (amounts.size() > kMaxAmounts) throw refuse(fmt::format("more than {} amounts", kMaxAmounts));
  return amounts;
}

std::vector<CurveFit> FitMse(const Robustness& robustness, const QualityCurve& curve) {
  std::vector<double> mse;
  for (const Quality& quality : curve.points) mse.push_back(quality.mse);
  return FitCurves(robustness.amounts, mse);
}

Json ToJson(const Robustness& robustness) {
  Json json = {{"corruption", Name(robustness.kind)},
               {"amounts", robustness.amounts},
               {"images", robustness.images},
               {"corrupted", ToJson(robustness.corrupted)}};
  if (robustness.wiener) json["wiener"] = ToJson(*robustness.wiener);
  json["models"] = Json::array();
  for (const QualityCurve& curve : robustness.models) {
    Json model = ToJson(curve);
    const std::vector<CurveFit> fits = FitMse(robustness, curve);
    model["fits"] = Json::array();
    for (const CurveFit& fit : fits) model["fits"].push_back(ToJson(fit));
    const CurveFit* best = BestFit(fits);
    model["best_fit"] = best == nullptr ? Json() : Json(Name(best->form));
    json["models"].push_back(std::move(model));
  }
  return json;
}

}  // namespace hourglass
