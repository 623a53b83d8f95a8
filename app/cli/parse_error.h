// Turns CLI11's parse errors into the program's usage errors.
#pragma once

#include <CLI/CLI.hpp>

#include "hourglass/core/error.h"

namespace hourglass::app {

// The usage Error for `error`, thrown while `app` was parsed.
Error ParseErrorOf(const CLI::App& app, const CLI::ParseError& error);

// Makes `app` and its commands reject a known flag as the value of another one, as in -e --data digits.
void RefuseFlagsAsValues(CLI::App& app);

}  // namespace hourglass::app
