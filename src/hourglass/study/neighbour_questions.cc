#include "hourglass/study/neighbour_questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace hourglass {
namespace {

constexpr int64_t kAsked = 20;  // neighbours
constexpr Distance kBy = Distance::kL2;
constexpr double kKept = 0.5;   // of the neighbours: more of them stay than go
constexpr double kNear = 0.95;  // trustworthiness of a code whose intruders come from nearby
constexpr double kSameMse = 0.05, kSameScore = 0.15;  // seeds of one setting differ by as much
constexpr size_t kClearest = 2;

std::vector<Verdict> NotMeasured(std::string claim) {
  return {{std::move(claim), Answer::kOpen, "neighbours were not measured"}};
}

const ScoresAt& At(const ScoredCode& code) {
  return ScoresOf(code, kBy, kAsked);
}

// The codes of runs, without PCA's.
std::vector<const ScoredCode*> RunCodes(const ProbedNeighbours& probed) {
  std::vector<const ScoredCode*> codes;
  for (const ScoredCode& code : probed.codes) {
    if (code.name != kPcaCode) codes.push_back(&code);
  }
  return codes;
}

// " (collapsed)" of a run that came to nothing.
std::string FailureNote(const Findings& findings, const std::string& run) {
  const auto found = std::ranges::find(findings.results, run, &RunResult::name);
  if (found == findings.results.end() || found->findings.empty()) return "";
  const Finding& worst = found->findings.front();
  return worst.severe ? fmt::format(" ({})", worst.name) : "";
}

// What is published at kAsked by kBy, where `code` was measured in the same sizes; nothing where it is not.
std::optional<double> PublishedScore(const PublishedNeighbours& published, const ScoredCode& code) {
  const auto& sizes = code.scores.front().at;
  const auto place = std::ranges::find(sizes, kAsked, &ScoresAt::k) - sizes.begin();
  if (published.distance != kBy || place >= std::ssize(published.score)) return std::nullopt;
  return published.score[static_cast<size_t>(place)];
}

// The code whose score is nearest to `published`, by ratio.
const ScoredCode& NearestTo(double published, const std::vector<ScoredCode>& codes) {
  return *std::ranges::min_element(codes, {}, [published](const ScoredCode& code) {
    const double score = At(code).score;
    return score > 0 ? std::abs(std::log(score / published)) : INFINITY;
  });
}

}  // namespace

std::vector<Verdict> ContextKept(const Findings& findings) {
  const std::string claim = "An autoencoder by itself does not keep the context";
  if (findings.neighbours == nullptr) return NotMeasured(claim);
  const auto codes = RunCodes(*findings.neighbours);
  const ScoredCode& best =
      **std::ranges::max_element(codes, {}, [](const ScoredCode* code) { return At(*code).score; });
  const ScoresAt& at = At(best);
  std::string because = fmt::format(
      "the best code here, {}, keeps {:.1f} % of an image's {} nearest by {}, {:.0f} times what chance would",
      best.label, 100 * at.score, at.k, Title(kBy), at.score / at.chance);
  if (const ScoredCode* pca = FindCode(*findings.neighbours, kPcaCode)) {
    because += fmt::format(" and {:.1f} times what PCA keeps ({:.2f} %)", at.score / At(*pca).score,
                           100 * At(*pca).score);
  }
  because +=
      fmt::format(". But the intruders are near ones: its trustworthiness is {:.3f}, its continuity {:.3f}",
                  at.trustworthiness, at.continuity);
  if (at.labels) {
    because += fmt::format("; {:.1f} % of its neighbours carry the image's label, in pixels {:.1f} %",
                           100 * at.labels->code_rate, 100 * at.labels->input_rate);
  }
  const Answer answer = at.score > kKept             ? Answer::kRefuted
                        : at.trustworthiness > kNear ? Answer::kPartly
                                                     : Answer::kConfirmed;
  return {{claim, answer, because}};
}

std::vector<Verdict> LinearIsPca(const Findings& findings) {
  const std::string claim = "Each model finds a code of its own, none is principal component analysis";
  if (findings.neighbours == nullptr) return NotMeasured(claim);
  const ScoredCode* pca = FindCode(*findings.neighbours, kPcaCode);
  if (pca == nullptr) return {{claim, Answer::kOpen, "the images are too large for PCA"}};
  const double pca_score = At(*pca).score;
  const auto differs = [](double a, double b) { return std::abs(a / b - 1); };
  std::vector<std::string> same;
  for (const PublishedNeighbours& published : findings.published_neighbours) {
    const auto score = PublishedScore(published, *pca);
    if (!score || differs(*score, pca_score) > kSameScore) continue;
    const ScoredCode* code = FindCode(*findings.neighbours, published.run);
    same.push_back(fmt::format("{} as published is: score@{} {:.4f} against PCA's {:.4f}",
                               code == nullptr ? published.run : code->label, kAsked, *score, pca_score));
  }
  for (const ScoredCode* code : RunCodes(*findings.neighbours)) {
    const auto run = std::ranges::find(findings.results, code->name, &RunResult::name);
    if (run == findings.results.end() || std::isnan(run->pca_mse)) continue;
    if (differs(run->held_out_mse, run->pca_mse) > kSameMse) continue;
    if (differs(At(*code).score, pca_score) > kSameScore) continue;
    same.push_back(
        fmt::format("{} as trained here is: held-out MSE {:.4f} against {:.4f}, score@{} {:.4f} against "
                    "{:.4f}",
                    code->label, run->held_out_mse, run->pca_mse, kAsked, At(*code).score, pca_score));
  }
  if (!same.empty()) return {{claim, Answer::kRefuted, fmt::format("{}", fmt::join(same, "; "))}};
  return {{claim, Answer::kConfirmed,
           fmt::format("none has PCA's score@{} of {:.4f}, with its error", kAsked, pca_score)}};
}

std::vector<Verdict> ClearestClusters(const Findings& findings) {
  const std::string claim = "Digits 1 and 7 form the clearest clusters";
  if (findings.neighbours == nullptr) return NotMeasured(claim);
  const auto codes = RunCodes(*findings.neighbours);
  if (!At(*codes.front()).labels) return {{claim, Answer::kOpen, "the images have no labels"}};
  const ScoredCode& best = **std::ranges::max_element(
      codes, {}, [](const ScoredCode* code) { return At(*code).labels->code_rate; });
  const auto& rates = At(best).labels->code_rate_by_label;
  std::vector<std::pair<int, double>> labels(rates.begin(), rates.end());
  std::ranges::stable_sort(labels, std::greater<>(), [](const auto& label) { return label.second; });
  int held = 0;
  for (size_t i = 0; i < std::min(kClearest, labels.size()); ++i) {
    held += labels[i].first == 1 || labels[i].first == 7;
  }
  std::vector<std::string> texts;
  for (const auto& [label, rate] : labels) texts.push_back(fmt::format("{} {:.2f}", label, rate));
  return {{claim,
           held == 2   ? Answer::kConfirmed
           : held == 1 ? Answer::kPartly
                       : Answer::kRefuted,
           fmt::format(
               "in the code of {}, where neighbours share labels most, the share of an image's {} nearest "
               "by {} that carry its label is, by digit: {}",
               best.label, At(best).k, Title(kBy), fmt::join(texts, ", "))}};
}

std::vector<Verdict> PublishedPenalty(const Findings& findings) {
  const std::string claim =
      "The published models were trained with a penalty of the L2 kind, as they are described";
  if (findings.neighbours == nullptr) return NotMeasured(claim);
  std::vector<std::string> texts;
  int held = 0, asked = 0;
  for (const PublishedNeighbours& published : findings.published_neighbours) {
    const ScoredCode* own = FindCode(*findings.neighbours, published.run);
    const std::optional<double> score = own == nullptr ? std::nullopt : PublishedScore(published, *own);
    if (!score) continue;
    const ScoredCode& nearest = NearestTo(*score, findings.neighbours->codes);
    ++asked;
    held += &nearest == own;
    texts.push_back(fmt::format(
        "{}: published {:.4f}, trained as described {:.4f}{}{}", own->label, *score, At(*own).score,
        FailureNote(findings, own->name),
        &nearest == own ? "" : fmt::format(", nearest is {} with {:.4f}", nearest.label, At(nearest).score)));
  }
  if (asked == 0) return {{claim, Answer::kOpen, "nothing is published"}};
  return {{claim,
           held == asked ? Answer::kConfirmed
           : held == 0   ? Answer::kRefuted
                         : Answer::kPartly,
           fmt::format("score@{} by {}: {}", kAsked, Title(kBy), fmt::join(texts, "; "))}};
}

}  // namespace hourglass
