// within_seeds: the sample `measure` exceeds no sample of `than` by more than seeds alone explain.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hourglass/analysis/significance.h"
#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadWithinSeeds(CheckReader& reader) {
  const auto measured = reader.Measured("measure"), than = reader.Measured("than");
  return [=](const Measures& measures) -> CheckEvidence {
    Holds holds = Holds::kYes;
    std::vector<std::string> sentences;
    for (const Comparison& comparison : CompareEach(GetAll(measures, measured), GetAll(measures, than))) {
      const bool tested = comparison.p.has_value();
      const bool above = comparison.relative > 0 && tested && *comparison.p < kSignificance;
      if (above) holds = Holds::kNo;
      if (!tested && holds == Holds::kYes) holds = Holds::kUnknown;
      sentences.push_back(fmt::format("{} compared with {}: {}", Phrase(comparison.a),
                                      ComparedPhrase(comparison, comparison.a.what),
                                      !tested                    ? "needs two or more seeds of each"
                                      : comparison.relative <= 0 ? "no rise at all"
                                      : above                    ? "more than seeds alone explain"
                                                                 : "no more than seeds alone explain"));
    }
    return {holds, fmt::format("{}", fmt::join(sentences, ", "))};
  };
}

}  // namespace hourglass
