#include "hourglass/core/json.h"

#include <fmt/format.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {

Json ParseJson(std::string_view text, std::string_view where) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw DataError({.what = fmt::format("{}: not JSON at byte {}", where, error.byte),
                     .expected = "a JSON value",
                     .got = error.what()});
  }
}

Json ReadJson(const std::filesystem::path& path) { return ParseJson(ReadFile(path), path.string()); }

void WriteJson(const std::filesystem::path& path, const Json& value) {
  WriteFileAtomically(path, value.dump(2) + "\n");
}

}  // namespace hourglass
