#include "hourglass/core/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace hourglass {
namespace {

// Levenshtein distance, one row of the table at a time.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(std::string_view unknown, std::span<const std::string> known) {
  std::string nearest;
  size_t best = std::max<size_t>(2, unknown.size() / 3) + 1;
  for (const std::string& name : known) {
    const bool but_for_case = std::ranges::equal(
        unknown, name, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    const size_t distance = but_for_case ? 0 : EditDistance(unknown, name);
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view unknown, std::span<const std::string> known) {
  const std::string nearest = NearestName(unknown, known);
  const std::string all = fmt::format("known: {}", fmt::join(known, ", "));
  return nearest.empty() ? all : fmt::format("did you mean '{}'? {}", nearest, all);
}

std::string CsvField(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  std::ranges::replace(text, '\r', ' ');
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string ShellQuoted(const std::string& argument) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./=,:+@%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!argument.empty() && std::ranges::all_of(argument, plain)) return argument;
  std::string quoted = "'";
  for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string Grouped(int64_t number) {
  std::string text = fmt::format("{}", number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), 1, ',');
  }
  return text;
}

std::string Shortened(std::string_view text, size_t most) {
  // Bytes 10xxxxxx continue a character.
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  size_t characters = 0, cut = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!begins(text[i])) continue;
    if (++characters == most) cut = i;
    if (characters > most) return std::string(text.substr(0, cut)) + "…";
  }
  return std::string(text);
}

std::string Listed(std::span<const std::string> names, size_t most) {
  if (names.size() <= most) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} others", fmt::join(names.first(most), ", "),
                     Grouped(static_cast<int64_t>(names.size() - most)));
}

std::string InLowerCase(std::string text) {
  for (char& c : text) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string Counted(int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", Grouped(count), count == 1 ? one : many);
}

}  // namespace hourglass
