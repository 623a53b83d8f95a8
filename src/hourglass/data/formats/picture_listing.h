// Sorts the files below a place into parts and classes, by their names alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/data/formats/file_tree.h"

namespace hourglass {

// The folders of a set that hold its parts, below its place. Without a test folder, all pictures are for
// training.
struct PictureParts {
  std::string train = {};  // empty: the place itself
  std::optional<std::string> test = {};
  std::string test_name = "test";
  std::vector<std::string> unused = {};  // other folders beside these
};

// A place with a folder called train, or the like, has parts if one called test or val is beside it, or
// none at all.
PictureParts PartsOf(const FileTree& tree);

struct ListedPicture {
  size_t file;            // a place in the tree's files
  std::string_view name;  // below the folder, for messages and tables; a part of the tree's name
  int32_t label = -1;     // a place in `classes`; -1 if there are none
};

struct PictureListing {
  std::vector<ListedPicture> pictures;  // in the tree's order
  std::vector<std::string> classes;     // by name, or by number if all are; those without pictures too
  bool numbered = false;                // all names are numbers, none above 65,535, and no two are equal
  std::map<std::string, int64_t> others = {};  // files that are no pictures, by their extension
};

// The pictures in and below `folder`, a name in the tree or empty for its place. If there are files NAME.cls,
// they hold the class of the picture NAME, and NAME ends at the first dot of a file's name (WebDataset). Else
// each folder directly below it is a class, if it has any. Throws a data Error if pictures lie beside folders
// of pictures, if a picture has no file NAME.cls, or if two have the same; `where` names the folder in it.
PictureListing ListPictures(const FileTree& tree, const std::string& folder, const std::string& where);

}  // namespace hourglass
