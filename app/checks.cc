#include "app/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace hourglass::app {
namespace {

// Accepts only the text of a T from `low` to `high`.
template <class T>
TextCheck InRange(T low, T high, std::string expected) {
  const auto check = [=](const std::string& text) {
    T value{};
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    const bool fits = error == std::errc() && end == last && value >= low && value <= high;
    return fits ? std::string() : expected;
  };
  return check;
}

}  // namespace

TextCheck WholeNumber(uint64_t low, uint64_t high) {
  const bool open = high == std::numeric_limits<uint64_t>::max();
  return InRange(low, high,
                 open ? fmt::format("a whole number of {} or more", low)
                      : fmt::format("a whole number from {} to {}", low, high));
}

TextCheck Number(double low, double high) {
  return InRange(low, high, fmt::format("a number from {} to {}", low, high));
}

TextCheck OneOf(std::vector<std::string> choices) {
  const auto check = [choices = std::move(choices)](const std::string& text) {
    const bool known = std::ranges::find(choices, text) != choices.end();
    return known ? std::string() : fmt::format("one of: {}", fmt::join(choices, ", "));
  };
  return check;
}

}  // namespace hourglass::app
