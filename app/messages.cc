#include "app/messages.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace hourglass::app {

void PrintMessage(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

bool IsTerminal(int descriptor) {
  const char* terminal = std::getenv("TERM");
  return ::isatty(descriptor) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool UseColour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return IsTerminal(descriptor) && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace hourglass::app
