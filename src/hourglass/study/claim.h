// The claims of a recipe and the verdicts on them. A claim is a text with one or more checks of named
// measures; each check is a test of study/checks/. The verdict is a pure function of the measures.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/study/measures.h"

namespace hourglass {

enum class ClaimAnswer { kConfirmed, kPartly, kRefuted, kOpen };
std::string_view Name(ClaimAnswer answer);

struct ClaimVerdict {
  std::string claim;
  ClaimAnswer answer = ClaimAnswer::kOpen;
  std::string because;  // with the numbers that decide
};

enum class Holds { kYes, kNo, kUnknown };

// The outcome of one check, with a sentence that contains its numbers.
struct CheckEvidence {
  Holds holds = Holds::kUnknown;
  std::string sentence;
};

// Called only if all measures named by the check are known (IsKnown).
using Judge = std::function<CheckEvidence(const Measures&)>;

struct ClaimCheck {
  Judge judge;
  std::vector<std::string> names;  // of the measures it needs
  bool negated = false;
  std::vector<ClaimCheck> only_if = {};  // unknown unless all of these hold
  std::string open_because = {};         // unknown if there is a reason
};

struct Claim {
  std::string text;
  std::vector<ClaimCheck> checks;
  std::vector<ClaimCheck> only_if = {};  // open unless all of these hold
  bool every = false;                    // a single failed check refutes the claim
  std::vector<std::string> show = {};    // measures that are only printed with the verdict
  bool about_data = false;               // about the data that the recipe was written for
  std::string open_because = {};         // open if there is a reason
};

// Confirmed if all checks hold; refuted if at least one fails and none holds (with `every`: if one fails);
// open if none holds and none fails (with `every`: if none fails); otherwise partly.
ClaimVerdict JudgeClaim(const Claim& claim, const Measures& measures);

}  // namespace hourglass
