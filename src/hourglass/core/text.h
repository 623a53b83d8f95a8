// Small helpers for messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

// The name in `known` nearest to `unknown` by edit distance (at most max(2, a third of its length)), or "".
std::string NearestName(std::string_view unknown, std::span<const std::string> known);

// A hint for an unknown name: "did you mean 'x'? known: a, b, x". It proposes the names that begin with what
// was given, or else the nearest one.
std::string DidYouMean(std::string_view unknown, std::span<const std::string> known);

// The characters of a text; bytes that are not UTF-8 as U+FFFD.
std::u32string CodesOf(std::string_view text);

// The columns that a text takes in a terminal: two for each wide character, none for one that joins others.
size_t Columns(std::string_view text);

// `text` as one line that a terminal, a table or a plot can show: control characters and those that change
// the direction of writing as \n, \t, \x1b or \u202e, bytes that are not UTF-8 as U+FFFD.
std::string Visible(std::string_view text);

// A CSV field, quoted if necessary. Newlines become spaces, because gnuplot reads every line as a row, even
// inside quotes.
std::string CsvField(std::string text);

// `argument` as one word for a shell, in single quotes if necessary.
std::string ShellQuoted(const std::string& argument);

// ASCII letters in lower case.
std::string InLowerCase(std::string text);

// "1 code", "2,000 codes".
std::string Counted(int64_t count, std::string_view one, std::string_view many);

// The digits of `number` (≥ 0) in groups of three: "307,720".
std::string Grouped(int64_t number);

// `text` in at most `most` characters of UTF-8, the last one "…" if something is cut off. Needs most ≥ 1.
std::string Shortened(std::string_view text, size_t most);

// `names`, each in at most `most` characters of UTF-8, and no two alike. What Shortened() makes alike is cut
// where it differs instead: "photo…_of_a_cat"; what even that leaves alike gets a number: "cat (2)". Needs
// most ≥ 8 for that.
std::vector<std::string> ToldApart(std::span<const std::string> names, size_t most);

// "a, b, c"; of more than `most` names "a, b and 98 others".
std::string Listed(std::span<const std::string> names, size_t most);

}  // namespace hourglass
