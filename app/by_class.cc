#include "app/by_class.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "hourglass/core/text.h"

namespace hourglass::app {

std::string ByClass(const Json& numbers, const std::function<std::string(const Json& number)>& text) {
  constexpr size_t kMostClasses = 20, kEachEnd = 3;
  std::vector<std::pair<double, std::string>> classes;
  for (const auto& [name, number] : numbers.items())
    classes.emplace_back(number.get<double>(), fmt::format("{}: {}", Visible(name), text(number)));
  const auto join = [](std::span<const std::pair<double, std::string>> some) {
    std::vector<std::string> texts;
    for (const auto& [number, of_class] : some) texts.push_back(of_class);
    return fmt::format("{}", fmt::join(texts, ", "));
  };
  if (classes.size() <= kMostClasses) return join(classes);
  std::ranges::stable_sort(classes, {}, &std::pair<double, std::string>::first);
  const std::span all(classes);
  return fmt::format("{}; lowest {}; highest {}", Grouped(std::ssize(classes)), join(all.first(kEachEnd)),
                     join(all.last(kEachEnd)));
}

}  // namespace hourglass::app
