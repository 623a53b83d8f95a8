// Which characters figures can show.
#pragma once

#include <string_view>

namespace hourglass {

// True if each character of `text` (UTF-8) is in one of the fonts that gnuplot draws PNG files with: those
// that `fc-list` of fontconfig lists. Of text in ASCII, and where that cannot be run, always true.
bool FontsCanDraw(std::string_view text);

}  // namespace hourglass
