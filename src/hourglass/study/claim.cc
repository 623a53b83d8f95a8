#include "hourglass/study/claim.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

Evidence JudgeCheck(const Check& check, const Measures& measures);

// The sentence of the first condition that does not hold; empty if all hold.
std::string Unmet(const std::vector<Check>& conditions, const Measures& measures) {
  for (const Check& condition : conditions) {
    const Evidence evidence = JudgeCheck(condition, measures);
    if (evidence.holds != Holds::kYes) return evidence.sentence;
  }
  return "";
}

Evidence JudgeCheck(const Check& check, const Measures& measures) {
  for (const std::string& name : check.names) {
    const auto measure = measures.Find(name);
    if (!measure || !IsKnown(*measure)) return {Holds::kUnknown, fmt::format("{} was not measured", name)};
  }
  Evidence evidence = check.judge(measures);
  if (check.negated && evidence.holds != Holds::kUnknown) {
    evidence.holds = evidence.holds == Holds::kYes ? Holds::kNo : Holds::kYes;
  }
  const std::string unmet = Unmet(check.only_if, measures);
  if (unmet.empty()) return evidence;
  return {Holds::kUnknown, fmt::format("{}, but that decides nothing, because {}", evidence.sentence, unmet)};
}

Answer AnswerOf(const Claim& claim, const std::vector<Evidence>& all) {
  const auto count = [&](Holds holds) { return std::ranges::count(all, holds, &Evidence::holds); };
  const auto yes = count(Holds::kYes), no = count(Holds::kNo);
  if (yes == std::ssize(all)) return Answer::kConfirmed;
  if (no > 0 && (yes == 0 || claim.every)) return Answer::kRefuted;
  return yes == 0 || claim.every ? Answer::kOpen : Answer::kPartly;
}

// "held-out MSE with noise 0.2: 0.0390 (d = 4), 0.0289 (d = 8)": adjacent measures of one kind share its
// name.
std::string Shown(const std::vector<std::string>& names, const Measures& measures) {
  std::string text, last;
  for (const std::string& name : names) {
    const auto measure = measures.Find(name);
    if (!measure || !IsKnown(*measure)) continue;
    const bool same = !text.empty() && measure->what == last;
    text += same ? ", " : fmt::format("{}{}: ", text.empty() ? "" : "; ", measure->what);
    text += ValueText(*measure);
    if (!measure->of.empty()) text += fmt::format(" ({})", measure->of);
    last = measure->what;
  }
  return text;
}

// Warnings about the runs that a claim compares: a failed model, or a code that lost half of its units and so
// acts as a smaller one.
std::vector<std::string> Notes(const Claim& claim, const Measures& measures) {
  std::set<std::string> runs;
  for (const Check& check : claim.checks) {
    for (const std::string& name : check.names) runs.insert(name.substr(0, name.find('.')));
  }
  std::vector<std::string> notes;
  for (const std::string& run : runs) {
    const auto failure = measures.Find(run + ".failure");
    const auto dead = measures.Find(run + ".dead_units"), size = measures.Find(run + ".code_size");
    if (!failure || !dead || !size) continue;
    if (const auto& name = std::get<std::string>(failure->value); name != kNoFailure) {
      notes.push_back(fmt::format("Note that {} failed: {}", failure->of, name));
    } else if (2 * NumberOf(*dead) >= NumberOf(*size)) {
      notes.push_back(fmt::format("Note that {} lost {} of its {} code units; another seed may not", dead->of,
                                  ValueText(*dead), ValueText(*size)));
    }
  }
  return notes;
}

}  // namespace

std::string_view Name(Answer answer) {
  switch (answer) {
    case Answer::kConfirmed:
      return "confirmed";
    case Answer::kPartly:
      return "partly";
    case Answer::kRefuted:
      return "refuted";
    case Answer::kOpen:
      return "open";
  }
  HOURGLASS_CHECK(false);
  return "";
}

Verdict JudgeClaim(const Claim& claim, const Measures& measures) {
  const std::string unmet = Unmet(claim.only_if, measures);
  if (!unmet.empty()) return {claim.text, Answer::kOpen, fmt::format("cannot be judged, because {}", unmet)};
  std::vector<Evidence> all;
  std::vector<std::string> sentences;
  for (const Check& check : claim.checks) {
    all.push_back(JudgeCheck(check, measures));
    sentences.push_back(all.back().sentence);
  }
  const Answer answer = AnswerOf(claim, all);
  if (claim.every && answer == Answer::kRefuted) {  // show the failed ones only
    sentences.clear();
    for (const Evidence& evidence : all) {
      if (evidence.holds == Holds::kNo) sentences.push_back(evidence.sentence);
    }
  }
  std::string because = fmt::format("{}", fmt::join(sentences, "; "));
  if (const std::string shown = Shown(claim.show, measures); !shown.empty()) {
    because += fmt::format(". For comparison, {}", shown);
  }
  for (const std::string& note : Notes(claim, measures)) because += ". " + note;
  return {claim.text, answer, because};
}

}  // namespace hourglass
