// Compares every #include with the order of the folders in docs/design.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "hourglass/core/file.h"

namespace hourglass {
namespace {

const std::filesystem::path kRoot = HOURGLASS_ROOT;

// The row of each folder in the table of design.md: | `core/` | … |
std::map<std::string, int> Rows() {
  std::map<std::string, int> rows;
  const std::regex row("^\\| `([a-z]+)/` \\|");
  std::istringstream page(ReadFile(kRoot / "docs/design.md"));
  std::smatch match;
  for (std::string line; std::getline(page, line);) {
    if (std::regex_search(line, match, row)) rows.emplace(match[1], rows.size());
  }
  return rows;
}

TEST(Includes, FoldersUseOnlyThoseAboveThem) {
  const std::map<std::string, int> rows = Rows();
  const std::regex include("#include \"hourglass/([a-z]+)/");
  int read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "src/hourglass")) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc" && extension != ".cu") continue;
    const std::string folder = std::filesystem::relative(entry, kRoot / "src/hourglass").begin()->string();
    ASSERT_TRUE(rows.contains(folder)) << folder << "/ has no row in docs/design.md";
    const std::string text = ReadFile(entry);
    for (std::sregex_iterator used(text.begin(), text.end(), include), end; used != end; ++used, ++read) {
      ASSERT_TRUE(rows.contains((*used)[1])) << entry.path() << " includes an unknown " << (*used)[1];
      EXPECT_LE(rows.at((*used)[1]), rows.at(folder)) << entry.path() << " may not use " << (*used)[1] << "/";
    }
  }
  EXPECT_GT(read, 500) << "includes are no longer recognised";
}

// Headers that take seconds to compile stay behind few files.
TEST(Includes, CostlyHeadersAreIncludedWhereTheyBelong) {
  const std::map<std::string, std::string> homes = {{"#include <CLI/", "app/cli"},
                                                    {"#include <Eigen/", "src/hourglass/analysis"},
                                                    {"#include <toml++/", "src/hourglass/core"}};
  std::map<std::string, int> found;
  for (const char* top : {"app", "src"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / top)) {
      if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
      const std::string text = ReadFile(entry), path = std::filesystem::relative(entry, kRoot).string();
      for (const auto& [include, home] : homes) {
        if (text.find(include) == std::string::npos) continue;
        ++found[include];
        EXPECT_TRUE(path.starts_with(home)) << path << " has " << include;
      }
    }
  }
  EXPECT_EQ(found.size(), homes.size()) << "includes are no longer recognised";
}

}  // namespace
}  // namespace hourglass
