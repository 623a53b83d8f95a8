// Small helpers for messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

// The name in `known` nearest to `unknown` by edit distance (at most a third of its length, at least 2), or
// "".
std::string NearestName(std::string_view unknown, std::span<const std::string> known);

// A hint for an unknown name: "did you mean 'x'? known: a, b, x".
std::string DidYouMean(std::string_view unknown, std::span<const std::string> known);

// A field of a CSV file, quoted where it must be. Newlines become spaces: gnuplot takes a line for a row,
// quoted or not.
std::string CsvField(std::string text);

// `argument` as a shell takes it for one word, in single quotes where it must be.
std::string ShellQuoted(const std::string& argument);

// The digits of `number`, which is not negative, in groups of three: "307,720".
std::string Grouped(int64_t number);

}  // namespace hourglass
