// nearest: among the positive numbers `to` and `among`, the ratio of `to` to `measure` is closest to 1.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "hourglass/study/checks/checks.h"
#include "hourglass/study/checks/comparison.h"

namespace hourglass {

Judge ReadNearest(CheckReader& reader) {
  const std::string measured = reader.OneNumber("measure"), to = reader.OneNumber("to");
  const auto among = reader.Measured("among");
  return [=](const Measures& measures) -> CheckEvidence {
    const NamedValue target = Get(measures, measured), own = Get(measures, to);
    const auto distance = [&](const NamedValue& measure) {
      const double ratio = NumberOf(measure) / NumberOf(target);
      return ratio > 0 ? std::abs(std::log(ratio)) : INFINITY;
    };
    bool nearest = true;
    std::vector<std::string> others;
    for (const NamedValue& other : GetAll(measures, among)) {
      nearest = nearest && distance(own) < distance(other);
      others.push_back(Phrase(other, own.what));
    }
    return {nearest ? Holds::kYes : Holds::kNo,
            fmt::format("{} is {} {} than {}", Phrase(target), nearest ? "nearer to" : "not nearer to",
                        Phrase(own, target.what), fmt::join(others, ", "))};
  };
}

}  // namespace hourglass
