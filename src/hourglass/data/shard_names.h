// The names of a data set's files if there are several: "part-*.tar", "part-{000..146}.tar".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

// Whether `name` stands for names of files: no file or folder is called so, and it has wildcards (* ? or
// [...], as in a shell) or braces ({000..146}, {a,b} or {0..7,9}). A backslash takes the next character as it
// is. Throws a usage Error if braces stand for more than 100,000 names.
bool IsPattern(const std::string& name);

// A pattern without braces.
struct NamePattern {
  std::string folder;  // exists, and is taken as it is; empty: this folder
  std::string rest;    // with wildcards, in `folder`

  // The files and folders that exist, sorted by NamesBefore(). Those that systems and editors leave behind
  // are left out. Throws a system Error if memory runs out.
  std::vector<std::string> Matches() const;
  // A match without the folder, for messages.
  std::string Short(const std::string& match) const;
};

// The patterns that a name with or without braces stands for, in their order. Braces in the names of folders
// that exist are none. Throws as IsPattern does.
std::vector<NamePattern> PatternsOf(const std::string& name);

// Whether anything matches `name`, if it is a pattern. Throws as IsPattern does.
bool HasMatches(const std::string& name);

// The order of names in which numbers count as such: part-2 is before part-10.
bool NamesBefore(std::string_view a, std::string_view b);

// What seems to be missing among the sorted matches of a pattern: names that match it as well, and that lie
// between the first and the last, if the names differ only in one number and a tenth of these numbers or more
// is there. (Fewer are no count, but years or random numbers.)
std::vector<std::string> MissingBetween(const NamePattern& pattern, const std::vector<std::string>& matches);

// A pattern with braces for sorted names that differ only in one number: part-{0..7,9}.tar. Empty if they
// differ otherwise, or if it would be long.
std::string InBraces(const std::vector<std::string>& names);

}  // namespace hourglass
