#include "hourglass/core/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "hourglass/core/json.h"

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

// A character of UTF-8 that begins at byte `at`.
struct Character {
  char32_t code = 0;
  size_t bytes = 0;
};
Character CharacterAt(std::string_view utf8, size_t at) {
  const auto first = static_cast<unsigned char>(utf8[at]);
  const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t code = bytes == 1 ? first : first & (0xFFU >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(utf8[at + i]) & 0x3FU);
  return {code, bytes};
}

// Of a character that must not reach a terminal, else "".
std::string Escape(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  if (code == '\r') return "\\r";
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return fmt::format("\\x{:02x}", uint32_t{code});
  // The ends of lines and paragraphs, and embedding, override and isolation of a direction of writing.
  const bool moves_text = (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return moves_text ? fmt::format("\\u{:04x}", uint32_t{code}) : "";
}

struct CodeRange {
  char32_t first, last;
};

// The scripts of East Asia and pictographs (Unicode, "East Asian Width", abridged).
constexpr CodeRange kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xAC00, 0xD7A3},
                               {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6},
                               {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
// Combining marks of Latin, joiners and selectors of variants.
constexpr CodeRange kJoining[] = {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

size_t ColumnsOf(char32_t code) {
  const auto holds = [code](const CodeRange& range) { return code >= range.first && code <= range.last; };
  if (std::ranges::any_of(kJoining, holds)) return 0;
  return std::ranges::any_of(kWide, holds) ? 2 : 1;
}

// Bytes 10xxxxxx continue a character.
bool Begins(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::vector<std::string_view> CharactersOf(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t begin = 0, end = 1; begin < text.size(); begin = end++) {
    while (end < text.size() && !Begins(text[end])) ++end;
    characters.push_back(text.substr(begin, end - begin));
  }
  return characters;
}

std::string Joined(std::span<const std::string_view> characters) {
  return fmt::format("{}", fmt::join(characters, ""));
}

// The groups of at least two of `places` whose texts are alike.
std::vector<std::vector<size_t>> AlikeOf(std::span<const size_t> places, std::span<const std::string> texts) {
  std::map<std::string_view, std::vector<size_t>> by_text;
  for (const size_t place : places) by_text[texts[place]].push_back(place);
  std::vector<std::vector<size_t>> alike;
  for (auto& [text, group] : by_text) {
    if (group.size() > 1) alike.push_back(std::move(group));
  }
  return alike;
}

// The beginning of a text of more than `most` characters, and what follows from its character `from` on, or
// from further ahead if there is room.
std::string CutBefore(std::span<const std::string_view> text, size_t from, size_t most) {
  const size_t head = most / 3, tail = most - head - 1;
  const std::string beginning = Joined(text.first(head)) + "…";
  if (from + tail >= text.size()) return beginning + Joined(text.last(tail));
  return beginning + Joined(text.subspan(from, tail - 1)) + "…";
}

// Cuts the names of a group before the first character in which they differ. Those that are alike again have
// more characters in common.
void CutWhereTheyDiffer(std::span<const std::string> names, std::span<const size_t> group, size_t most,
                        std::vector<std::string>& shown) {
  const std::vector<std::string_view> first = CharactersOf(names[group.front()]);
  size_t common = first.size();
  for (const size_t place : group) {
    const std::vector<std::string_view> other = CharactersOf(names[place]);
    common = std::min(common, static_cast<size_t>(std::ranges::mismatch(first, other).in1 - first.begin()));
  }
  for (const size_t place : group) {
    const std::vector<std::string_view> name = CharactersOf(names[place]);
    if (name.size() > most) shown[place] = CutBefore(name, common, most);
  }
  for (const std::vector<size_t>& alike : AlikeOf(group, shown)) {
    if (alike.size() < group.size()) CutWhereTheyDiffer(names, alike, most, shown);
  }
}

// Gives numbers to texts that are like an earlier one.
void Number(size_t most, std::vector<std::string>& texts) {
  std::set<std::string> taken;
  std::map<std::string, int> last;
  for (std::string& text : texts) {
    const std::string plain = text;
    while (!taken.insert(text).second) {
      const std::string number = fmt::format(" ({})", ++last.try_emplace(plain, 1).first->second);
      text = Shortened(plain, most - number.size()) + number;
    }
  }
}

// The names that go on behind what looks like their beginning, in any case.
std::vector<std::string> NamesThatBegin(std::string_view start, std::span<const std::string> known) {
  constexpr size_t kShortest = 3;
  std::vector<std::string> names;
  const std::string lower = InLowerCase(std::string(start));
  for (const std::string& name : known) {
    const bool longer = start.size() >= kShortest && name.size() > start.size();
    if (longer && InLowerCase(name).starts_with(lower)) names.push_back(name);
  }
  return names;
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
  std::vector<std::string> meant = NamesThatBegin(unknown, known);
  const std::string nearest = NearestName(unknown, known);
  if (meant.empty() && !nearest.empty()) meant.push_back(nearest);
  const std::string all = fmt::format("known: {}", fmt::join(known, ", "));
  return meant.empty() ? all : fmt::format("did you mean '{}'? {}", fmt::join(meant, "' or '"), all);
}

std::u32string CodesOf(std::string_view text) {
  const std::string utf8 = AsUtf8(std::string(text));
  std::u32string codes;
  for (size_t at = 0; at < utf8.size(); at += CharacterAt(utf8, at).bytes)
    codes += CharacterAt(utf8, at).code;
  return codes;
}

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (const char32_t code : CodesOf(text)) columns += ColumnsOf(code);
  return columns;
}

std::string Visible(std::string_view text) {
  const std::string utf8 = AsUtf8(std::string(text));
  std::string visible;
  for (size_t at = 0; at < utf8.size();) {
    const auto [code, bytes] = CharacterAt(utf8, at);
    const std::string escape = Escape(code);
    visible += escape.empty() ? utf8.substr(at, bytes) : escape;
    at += bytes;
  }
  return visible;
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
  size_t characters = 0, cut = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!Begins(text[i])) continue;
    if (++characters == most) cut = i;
    if (characters > most) return std::string(text.substr(0, cut)) + "…";
  }
  return std::string(text);
}

std::vector<std::string> ToldApart(std::span<const std::string> names, size_t most) {
  std::vector<std::string> shown;
  std::vector<size_t> all(names.size());
  std::iota(all.begin(), all.end(), size_t{0});
  for (const std::string& name : names) shown.push_back(Shortened(name, most));
  for (const std::vector<size_t>& group : AlikeOf(all, shown)) CutWhereTheyDiffer(names, group, most, shown);
  Number(most, shown);
  return shown;
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
