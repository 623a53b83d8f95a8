// What a recipe claims, as data, and the verdict on it. A claim is a text and one or several checks of named
// measures; each check is one of the tests of study/checks/. The verdict is a pure function of the measures.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/study/measures.h"

namespace hourglass {

enum class Answer { kConfirmed, kPartly, kRefuted, kOpen };
std::string_view Name(Answer answer);

struct Verdict {
  std::string claim;
  Answer answer = Answer::kOpen;
  std::string because;  // with the numbers that decide
};

enum class Holds { kYes, kNo, kUnknown };

// The outcome of one check, with a sentence that contains its numbers.
struct Evidence {
  Holds holds = Holds::kUnknown;
  std::string sentence;
};

// May assume that all measures that the check names are known (IsKnown).
using Judge = std::function<Evidence(const Measures&)>;

struct Check {
  Judge judge;
  std::vector<std::string> names;  // of the measures that it needs
  bool negated = false;
  std::vector<Check> only_if = {};  // unknown unless all of these hold
};

struct Claim {
  std::string text;
  std::vector<Check> checks;
  std::vector<Check> only_if = {};     // open unless all of these hold
  bool every = false;                  // one check that does not hold refutes the claim
  std::vector<std::string> show = {};  // measures printed with the verdict, which do not decide
};

// Confirmed when all checks hold, refuted when at least one does not and none holds (with `every`: when one
// does not), open when nothing is known of any, otherwise partly.
Verdict JudgeClaim(const Claim& claim, const Measures& measures);

}  // namespace hourglass
