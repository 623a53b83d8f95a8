// more, less: each of `measure` lies above (below) each of `than`, by more than the share `by`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {
namespace {

const char* Word(Holds holds) {
  return holds == Holds::kYes ? "" : holds == Holds::kNo ? "not " : "not clearly ";
}

// "held-out MSE: 0.0382 (d = 4) is more than 0.0246 (d = 8; +55 %) and not more than …": the comparisons of
// one measure. `relation`: "more than".
std::string Sentence(std::span<const Comparison> comparisons, std::span<const Holds> holds,
                     std::string_view relation) {
  std::string sentence = Phrase(comparisons.front().a);
  std::string_view last_what = comparisons.front().a.what;
  for (size_t i = 0; i < comparisons.size(); ++i) {
    if (i > 0 && holds[i] == holds[i - 1]) {
      sentence += ", ";
    } else {
      sentence += fmt::format(" {} {}{} ", i == 0 ? "is" : "and", Word(holds[i]), relation);
    }
    sentence += ComparedPhrase(comparisons[i], last_what);
    last_what = comparisons[i].b.what;
  }
  return sentence;
}

// "score@20: 0.0137 (linear_mse), 0.0063 (linear_l1) are less than 0.5": several measures and one plain
// number.
std::string Sentences(std::span<const Comparison> comparisons, std::span<const Holds> all,
                      std::string_view relation) {
  std::vector<std::string> sentences;
  for (const Holds holds : {Holds::kYes, Holds::kNo, Holds::kUnknown}) {
    std::vector<std::string> phrases;
    std::string_view last_what;
    for (size_t i = 0; i < comparisons.size(); ++i) {
      if (all[i] != holds) continue;
      phrases.push_back(Phrase(comparisons[i].a, last_what));
      last_what = comparisons[i].a.what;
    }
    if (phrases.empty()) continue;
    sentences.push_back(fmt::format("{} {} {}{} {}", fmt::join(phrases, ", "),
                                    phrases.size() > 1 ? "are" : "is", Word(holds), relation,
                                    Phrase(comparisons.front().b)));
  }
  return fmt::format("{}", fmt::join(sentences, ", "));
}

Holds All(std::span<const Holds> holds) {
  if (std::ranges::find(holds, Holds::kNo) != holds.end()) return Holds::kNo;
  return std::ranges::find(holds, Holds::kUnknown) != holds.end() ? Holds::kUnknown : Holds::kYes;
}

Judge ReadComparison(CheckReader& reader, bool more) {
  const auto measured = reader.Measured("measure"), than = reader.Numbers("than");
  const double by = reader.Number("by", 0), tolerance = reader.Number("tolerance", 0);
  const bool one_number = than.size() == 1 && std::holds_alternative<double>(than.front());
  const std::string relation = by == 0
                                   ? more ? "more than" : "less than"
                                   : fmt::format("more than {:g} % {}", 100 * by, more ? "above" : "below");
  return [=](const Measures& measures) -> CheckEvidence {
    const auto comparisons = CompareEach(GetAll(measures, measured), GetAll(measures, than));
    std::vector<Holds> holds;
    for (Comparison comparison : comparisons) {
      if (!more) comparison.relative = -comparison.relative;
      holds.push_back(Exceeds(comparison, by, tolerance));
    }
    if (one_number) return {All(holds), Sentences(comparisons, holds, relation)};
    std::vector<std::string> sentences;
    for (size_t at = 0; at < comparisons.size(); at += than.size()) {
      sentences.push_back(Sentence(std::span(comparisons).subspan(at, than.size()),
                                   std::span(holds).subspan(at, than.size()), relation));
    }
    return {All(holds), fmt::format("{}", fmt::join(sentences, ", "))};
  };
}

}  // namespace

Judge ReadMore(CheckReader& reader) {
  return ReadComparison(reader, true);
}

Judge ReadLess(CheckReader& reader) {
  return ReadComparison(reader, false);
}

}  // namespace hourglass
