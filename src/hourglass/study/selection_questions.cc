#include "hourglass/study/selection_questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "hourglass/report/sweep_report.h"

namespace hourglass {
namespace {

// What the report's search found, and how near counts as the same.
constexpr double kWinningRate = 4.9e-3, kWinningDropout = 0.1;
constexpr double kRateFactor = 2, kDropoutDistance = 0.1;
// Of the error at more noise, beyond what the noise itself explains.
constexpr double kFailure = 1.5;

const Robustness* Gaussian(const Findings& findings) {
  const auto found = std::ranges::find_if(findings.robustness, [](const ProbedRobustness& probed) {
    return probed.measured.kind == CorruptionKind::kGaussian;
  });
  return found == findings.robustness.end() ? nullptr : &found->measured;
}

// The place of the amount nearest to `amount`.
size_t Nearest(const Robustness& robustness, double amount) {
  const auto nearer = [amount](double a, double b) { return std::abs(a - amount) < std::abs(b - amount); };
  return static_cast<size_t>(std::ranges::min_element(robustness.amounts, nearer) -
                             robustness.amounts.begin());
}

std::string Values(const Trial& trial) {
  std::vector<std::string> parts;
  for (const KeyValue& value : trial.values) parts.push_back(fmt::format("{} {}", value.key, value.text));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// "adam .0335 to .0643 in 5 trials, adamw …": what finished.
std::string ByOptimizer(const SearchResult& search) {
  std::map<std::string, std::vector<double>> losses;
  for (const Trial& trial : search.trials) {
    if (trial.status == TrialStatus::kFinished) losses[trial.config.optimizer].push_back(trial.loss());
  }
  std::vector<std::string> parts;
  for (const auto& [optimizer, all] : losses) {
    const auto [low, high] = std::ranges::minmax(all);
    parts.push_back(fmt::format("{} {:.4f} to {:.4f} in {} trials", optimizer, low, high, all.size()));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<Verdict> SearchWinner(const Findings& findings) {
  const std::string claim =
      "AdamW with a learning rate of 0.0049 and dropout 0.10, the least there is, wins the search";
  if (findings.search == nullptr || !findings.search->best)
    return {{claim, Answer::kOpen, "no search was made"}};
  const SearchResult& search = *findings.search;
  const Trial& best = search.trials[*search.best];
  const double rate = best.config.learning_rate / kWinningRate;
  const bool same_rate = rate < kRateFactor && rate > 1 / kRateFactor;
  const bool same_dropout = std::abs(best.config.dropout - kWinningDropout) < kDropoutDistance;
  const int held = (best.config.optimizer == "adamw") + same_rate + same_dropout;
  return {{claim,
           held == 3   ? Answer::kConfirmed
           : held == 0 ? Answer::kRefuted
                       : Answer::kPartly,
           fmt::format("the best of {} trials is {}, {} {:.5f}; by optimizer, {}", search.trials.size(),
                       Values(best), search.loss_label(), best.loss(), ByOptimizer(search))}};
}

std::vector<Verdict> SweepBump(const Findings& findings) {
  const std::string claim = "A bump of the error over the bottleneck (d = 14) is a statistical fluctuation";
  if (findings.sweep == nullptr) return {{claim, Answer::kOpen, "no sweep was made"}};
  const std::vector<Rise> rises = RisesOf(*findings.sweep);
  const bool beyond = std::ranges::any_of(rises, &Rise::beyond_seeds);
  const std::vector<SweepPoint>& points = findings.sweep->points;
  const auto several_seeds = [](const SweepPoint& point) { return !std::isnan(point.spread); };
  const bool known =
      std::ranges::count_if(points, several_seeds) >= 2 &&
      std::ranges::none_of(rises, [](const Rise& rise) { return std::isnan(rise.standard_error); });
  const Answer answer = !known ? Answer::kOpen : beyond ? Answer::kRefuted : Answer::kConfirmed;
  std::string because = fmt::format("{}", fmt::join(SweepNotes(*findings.sweep), " "));
  if (because.ends_with('.')) because.pop_back();
  return {{claim, answer, because}};
}

std::vector<Verdict> ExponentialRise(const Findings& findings) {
  const std::string claim = "The error rises exponentially with the noise on the input";
  const Robustness* gaussian = Gaussian(findings);
  if (gaussian == nullptr) return {{claim, Answer::kOpen, "robustness to gaussian noise was not measured"}};
  const QualityCurve& curve = gaussian->models.front();
  const std::vector<CurveFit> fits = FitMse(*gaussian, curve);
  if (fits.size() < 3)
    return {{claim, Answer::kOpen, "too few amounts of noise, or errors that no exponential fits"}};
  std::vector<std::string> parts;
  for (const CurveFit& fit : fits) {
    parts.push_back(fmt::format("{} {} with R² {:.4f}", Name(fit.form), fit.Formula(), fit.r_squared));
  }
  const CurveFit& best = *BestFit(fits);
  const bool exponential = best.form == CurveForm::kExponential;
  const bool ever_faster = exponential && best.coefficients[0] > 0 && best.coefficients[1] > 0;
  return {{claim, ever_faster ? Answer::kConfirmed : Answer::kRefuted,
           fmt::format("for {}, σ from {:g} to {:g}, the best fit is the {}{}: {}", curve.label,
                       gaussian->amounts.front(), gaussian->amounts.back(), Name(best.form),
                       exponential && !ever_faster ? ", but not one that rises ever faster" : "",
                       fmt::join(parts, "; "))}};
}

std::vector<Verdict> DenoisingLimit(const Findings& findings) {
  const std::string claim =
      "Trained at σ = 0.6 the model removes noise well, trained at σ = 0.68 it is confused";
  const Robustness* gaussian = Gaussian(findings);
  if (gaussian == nullptr || gaussian->models.size() < 3 || findings.results.size() < 3) {
    return {{claim, Answer::kOpen, "two denoising models are needed"}};
  }
  const size_t less = Nearest(*gaussian, 0.6), more = Nearest(*gaussian, 0.68);
  const QualityCurve &a = gaussian->models[1], &b = gaussian->models[2];
  const double ratio = b.points[more].mse / a.points[less].mse;
  std::string because = fmt::format(
      "at σ = {:g} the model {} has test MSE {:.4f}, at σ = {:g} the model {} has {:.4f}, {:.2f} times as "
      "much",
      gaussian->amounts[less], a.label, a.points[less].mse, gaussian->amounts[more], b.label,
      b.points[more].mse, ratio);
  because += fmt::format("; the plain model has {:.4f} and {:.4f}", gaussian->models[0].points[less].mse,
                         gaussian->models[0].points[more].mse);
  if (gaussian->wiener) {
    because += fmt::format(", the linear Wiener filter {:.4f} and {:.4f}", gaussian->wiener->points[less].mse,
                           gaussian->wiener->points[more].mse);
  }
  return {{claim, ratio > kFailure ? Answer::kConfirmed : Answer::kRefuted, because}};
}

}  // namespace hourglass
