// Finds the pictures in a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace hourglass {

struct ListedPicture {
  std::filesystem::path path;
  std::string name;    // below the folder, for messages and tables
  int32_t label = -1;  // a place in `classes`; -1 if the folder has none
};

struct FolderListing {
  std::vector<ListedPicture> pictures;  // by class, then by name
  std::vector<std::string> classes;     // the names of the folders; empty ones too
  bool numbered = false;                // all names are numbers, none above 65,535, and no two are equal
  int64_t hidden = 0;                   // files and folders that systems and editors leave behind
  std::map<std::string, int64_t> others = {};  // files that are no pictures, by their extension
};

// Every picture in and below `folder`. Each folder directly below it is a class, if it has any; names of
// digits alone are sorted as numbers. A file is a picture if its extension or, for unknown extensions, its
// first bytes say so. Follows links, but no link into a folder that it is in. Skips names that begin with a
// dot, and __MACOSX, Thumbs.db and desktop.ini. Throws a data Error if pictures lie beside folders of
// pictures, and a system Error for a folder that cannot be read.
FolderListing ListPictures(const std::filesystem::path& folder);

// Whether `folder` has a picture in it, or in a folder below it.
bool HasPictures(const std::filesystem::path& folder);

}  // namespace hourglass
