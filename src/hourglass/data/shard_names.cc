#include "hourglass/data/shard_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>

#include "hourglass/core/error.h"
#include "hourglass/data/formats/file_tree.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostDigits = 9, kMostNames = 100'000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The digits that `text` begins with.
std::string_view DigitsOf(std::string_view text) {
  return text.substr(0, static_cast<size_t>(std::ranges::find_if_not(text, IsDigit) - text.begin()));
}

std::string_view WithoutZeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

// The number that `text` is, if it consists of digits and is not too large.
std::optional<int64_t> NumberIn(std::string_view text) {
  if (text.empty() || text.size() > kMostDigits || DigitsOf(text) != text) return std::nullopt;
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// ---- braces

Error TooManyNames(std::string_view text) {
  return UsageError({.what = fmt::format("{{{}}} stands for too many files", text),
                     .expected = fmt::format("at most {}", kMostNames)});
}

// {first..last}: if one of them begins with a zero, all numbers have as many digits.
std::vector<std::string> NumbersOf(std::string_view text) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return {};
  const std::string_view first = text.substr(0, dots), last = text.substr(dots + 2);
  const auto from = NumberIn(first), to = NumberIn(last);
  if (!from || !to) return {};
  const auto [low, high] = std::minmax({*from, *to});
  if (high - low >= static_cast<int64_t>(kMostNames)) throw TooManyNames(text);
  const bool padded = (first.size() > 1 && first[0] == '0') || (last.size() > 1 && last[0] == '0');
  const size_t width = padded ? std::max(first.size(), last.size()) : 1;
  std::vector<std::string> numbers;
  for (int64_t number = low; number <= high; ++number)
    numbers.push_back(fmt::format("{:0{}}", number, width));
  return numbers;
}

// {first..last}, {a,b,c}, or both: {0..7,9}
std::vector<std::string> ChoicesOf(std::string_view text) {
  const bool list = text.find(',') != std::string_view::npos;
  std::vector<std::string> choices;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view one = text.substr(begin, end - begin);
    const std::vector<std::string> numbers = NumbersOf(one);
    choices.insert(choices.end(), numbers.begin(), numbers.end());
    if (list && numbers.empty()) choices.emplace_back(one);
    begin = end + 1;
  }
  if (choices.size() > kMostNames) throw TooManyNames(text);
  return choices;
}

struct Braces {
  size_t begin, end;  // of the text, including the braces
  std::vector<std::string> choices;
};

// The first braces that stand for several texts.
std::optional<Braces> FirstBraces(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] != '{') continue;
    const size_t end = text.find_first_of("{}", i + 1);
    if (end == std::string_view::npos) return std::nullopt;
    if (text[end] == '{') continue;
    std::vector<std::string> choices = ChoicesOf(text.substr(i + 1, end - i - 1));
    if (!choices.empty()) return Braces{i, end + 1, std::move(choices)};
  }
  return std::nullopt;
}

// All texts that a text with braces stands for.
std::vector<std::string> Expanded(const std::string& text) {
  std::vector<std::string> begun = {""};
  std::string_view rest = text;
  while (const auto braces = FirstBraces(rest)) {
    if (begun.size() * braces->choices.size() > kMostNames) throw TooManyNames(text);
    std::vector<std::string> longer;
    for (const std::string& one : begun) {
      for (const std::string& choice : braces->choices)
        longer.push_back(one + std::string(rest.substr(0, braces->begin)) + choice);
    }
    begun = std::move(longer);
    rest.remove_prefix(braces->end);
  }
  for (std::string& one : begun) one += rest;
  return begun;
}

// ---- wildcards

bool HasWildcards(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] == '*' || text[i] == '?') return true;
    if (text[i] == '[' && text.find(']', i + 1) != std::string_view::npos) return true;
  }
  return false;
}

// `name` as a pattern that nothing else matches.
std::string AsItIs(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string GlobOf(const NamePattern& pattern) {
  return (fs::path(AsItIs(pattern.folder)) / pattern.rest).string();
}

// ---- gaps

// Names that differ in one run of digits.
struct NumberedNames {
  std::string before, after;
  std::set<int64_t> numbers;
  size_t digits;  // of the shortest number

  std::string Digits(int64_t number) const { return fmt::format("{:0{}}", number, digits); }
};

std::optional<NumberedNames> NumbersIn(const std::vector<std::string>& names) {
  std::string_view before = names.front(), after = names.front();
  for (const std::string& name : names) {
    const auto [end, ignored] = std::ranges::mismatch(before, name);
    before = before.substr(0, static_cast<size_t>(end - before.begin()));
  }
  while (!before.empty() && IsDigit(before.back())) before.remove_suffix(1);
  for (std::string_view name : names) {
    name.remove_prefix(before.size());
    size_t common = 0;
    while (common < std::min(name.size(), after.size()) &&
           name[name.size() - 1 - common] == after[after.size() - 1 - common])
      ++common;
    after.remove_prefix(after.size() - common);
  }
  after.remove_prefix(DigitsOf(after).size());
  NumberedNames found{std::string(before), std::string(after), {}, kMostDigits};
  for (const std::string& name : names) {
    const std::string digits = name.substr(before.size(), name.size() - before.size() - after.size());
    const auto number = NumberIn(digits);
    if (!number) return std::nullopt;
    found.numbers.insert(*number);
    found.digits = std::min(found.digits, digits.size());
  }
  return found;
}

}  // namespace

bool NamesBefore(std::string_view a, std::string_view b) {
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    const std::string_view x = DigitsOf(a.substr(i)), y = DigitsOf(b.substr(k));
    if (x.empty() || y.empty()) {
      if (a[i] != b[k]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[k]);
      ++i;
      ++k;
      continue;
    }
    const std::string_view number = WithoutZeros(x), other = WithoutZeros(y);
    if (number.size() != other.size()) return number.size() < other.size();
    if (number != other) return number < other;
    i += x.size();
    k += y.size();
  }
  const size_t left = a.size() - i, other_left = b.size() - k;
  return left != other_left ? left < other_left : a < b;  // 01 and 1 are the same number
}

bool IsPattern(const std::string& name) {
  std::error_code error;
  return !fs::exists(name, error) && (HasWildcards(name) || FirstBraces(name));
}

std::vector<std::string> NamePattern::Matches() const {
  glob_t found{};
  const int result = ::glob(GlobOf(*this).c_str(), 0, nullptr, &found);
  std::vector<std::string> names;
  if (result == 0) names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (result == GLOB_NOSPACE)
    throw SystemError({.what = fmt::format("there is no memory for the files of {}", rest)});
  std::erase_if(names,
                [](const std::string& name) { return IsLeftBehind(fs::path(name).filename().string()); });
  std::ranges::sort(names, NamesBefore);
  return names;
}

std::string NamePattern::Short(const std::string& match) const {
  const std::string start = folder.empty() ? "" : (fs::path(folder) / "").string();
  return match.starts_with(start) ? match.substr(start.size()) : match;
}

std::vector<NamePattern> PatternsOf(const std::string& name) {
  fs::path folder, rest;
  for (const fs::path& part : fs::path(name)) {
    std::error_code error;
    const bool there = rest.empty() && fs::exists(folder / part, error);
    (there ? folder : rest) /= part;
  }
  std::vector<NamePattern> patterns;
  for (std::string& one : Expanded(rest.string())) patterns.push_back({folder.string(), std::move(one)});
  return patterns;
}

bool HasMatches(const std::string& name) {
  if (!IsPattern(name)) return false;
  return std::ranges::any_of(PatternsOf(name),
                             [](const NamePattern& pattern) { return !pattern.Matches().empty(); });
}

std::vector<std::string> MissingBetween(const NamePattern& pattern, const std::vector<std::string>& matches) {
  constexpr int64_t kThinnest = 10;
  if (matches.size() < 2) return {};
  const auto names = NumbersIn(matches);
  if (!names) return {};
  const int64_t first = *names->numbers.begin(), last = *names->numbers.rbegin();
  if (last - first >= kThinnest * std::ssize(names->numbers)) return {};
  const std::string glob = GlobOf(pattern);
  std::vector<std::string> missing;
  for (int64_t number = first; number <= last; ++number) {
    if (names->numbers.contains(number)) continue;
    std::string name = names->before + names->Digits(number) + names->after;
    if (::fnmatch(glob.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0)
      missing.push_back(std::move(name));
  }
  return missing;
}

std::string InBraces(const std::vector<std::string>& names) {
  constexpr size_t kMostRanges = 8;
  const auto numbered = NumbersIn(names);
  if (!numbered) return "";
  std::vector<std::string> ranges;
  for (auto at = numbered->numbers.begin(); at != numbered->numbers.end();) {
    const int64_t first = *at;
    int64_t last = first;
    for (++at; at != numbered->numbers.end() && *at == last + 1; ++at) last = *at;
    ranges.push_back(numbered->Digits(first) + (last > first ? ".." + numbered->Digits(last) : ""));
  }
  std::string pattern = fmt::format("{}{{{}}}{}", numbered->before, fmt::join(ranges, ","), numbered->after);
  const bool right = ranges.size() <= kMostRanges && Expanded(pattern) == names;  // not with 01 and 2
  return right ? pattern : "";
}

}  // namespace hourglass
