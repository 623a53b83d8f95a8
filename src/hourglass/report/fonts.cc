#include "hourglass/report/fonts.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "hourglass/core/text.h"

namespace hourglass {
namespace {

struct Range {
  uint32_t first = 0, last = 0;
};

std::string OutputOfFcList() {
  std::string output;
  FILE* pipe = ::popen("fc-list --format '%{charset}\\n' :scalable=true 2>/dev/null", "re");
  if (pipe == nullptr) return output;
  char block[1 << 14];
  for (size_t read = 0; (read = std::fread(block, 1, sizeof block, pipe)) > 0;) output.append(block, read);
  ::pclose(pipe);
  return output;
}

// "20-7e a0 …" of each font, in hexadecimal.
std::vector<Range> ParseRanges(std::string_view text) {
  std::vector<Range> ranges;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    Range range;
    const auto first = std::from_chars(at, end, range.first, 16);
    if (first.ec != std::errc()) {  // a separator
      ++at;
      continue;
    }
    range.last = range.first;
    at = first.ptr;
    if (at < end && *at == '-') at = std::from_chars(at + 1, end, range.last, 16).ptr;
    ranges.push_back(range);
  }
  return ranges;
}

// Sorted, without overlaps.
std::vector<Range> Union(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  std::vector<Range> joined;
  for (const Range& range : ranges) {
    if (!joined.empty() && range.first <= joined.back().last) {
      joined.back().last = std::max(joined.back().last, range.last);
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

// Characters without a picture of their own: they join others, mark their direction or choose their form.
bool IsInvisible(uint32_t code) {
  return code == 0xAD || (code >= 0x200B && code <= 0x200F) || (code >= 0x2060 && code <= 0x2064) ||
         (code >= 0xFE00 && code <= 0xFE0F) || code == 0xFEFF;
}

bool Contain(const std::vector<Range>& ranges, uint32_t code) {
  const auto after = std::ranges::upper_bound(ranges, code, {}, &Range::first);
  return after != ranges.begin() && code <= std::prev(after)->last;
}

}  // namespace

bool FontsCanDraw(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return true;
  static const std::vector<Range> drawn = Union(ParseRanges(OutputOfFcList()));
  return drawn.empty() || std::ranges::all_of(CodesOf(text), [](char32_t code) {
           return IsInvisible(code) || Contain(drawn, code);
         });
}

}  // namespace hourglass
