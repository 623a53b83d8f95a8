#include "hourglass/data/formats/picture_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/classes.h"

namespace hourglass {
namespace {

// Different numbers that can be labels.
bool AreNumbered(const std::vector<std::string>& classes) {
  constexpr int64_t kMostLabel = 65535;
  std::set<int64_t> numbers;
  for (const std::string& name : classes) {
    if (!IsNumber(name) || std::stoll(name) > kMostLabel) return false;
    numbers.insert(std::stoll(name));
  }
  return numbers.size() == classes.size();
}

// `name` below a folder; nothing if it is elsewhere.
std::optional<std::string_view> Below(std::string_view folder, std::string_view name) {
  if (folder.empty()) return name;
  if (!name.starts_with(folder) || name.size() <= folder.size() || name[folder.size()] != '/')
    return std::nullopt;
  return name.substr(folder.size() + 1);
}

// What the files of a WebDataset sample have in common: everything up to the first dot of the file's name.
std::string_view KeyOf(std::string_view name) {
  const size_t base = name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1;
  return name.substr(0, name.find('.', base));
}

std::string_view Trimmed(std::string_view text) {
  const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  return text;
}

// The folder directly below that a file is in; empty if it is in none.
std::string_view FolderOf(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == std::string_view::npos ? "" : name.substr(0, slash);
}

// The class of each picture by the texts of its sample.
class TextsOfSamples {
 public:
  TextsOfSamples(std::map<std::string, std::string> texts, const std::string& where)
      : texts_(std::move(texts)), where_(where) {}

  bool empty() const { return texts_.empty(); }
  std::vector<std::string> ClassesOf(const PictureListing& listing) {
    std::vector<std::string> classes;
    for (const ListedPicture& picture : listing.pictures) classes.push_back(ClassOf(picture));
    return classes;
  }

 private:
  std::string ClassOf(const ListedPicture& picture) {
    const std::string key(KeyOf(picture.name));
    const auto [other, first] = named_.emplace(key, picture.name);
    if (!first) {
      throw DataError({.what = fmt::format("{}: two pictures share the class file {}.cls", where_, key),
                       .expected = "one picture per sample; its name ends at the first dot",
                       .got = fmt::format("{} and {}", other->second, picture.name),
                       .hint = "keep one of them"});
    }
    const auto text = texts_.find(key);
    if (text == texts_.end()) {
      throw DataError({.what = fmt::format("{}: {} has no class", where_, picture.name),
                       .expected = fmt::format("a text file {}.cls, as other pictures have", key),
                       .hint = "add it, or remove all files .cls: then folders are classes"});
    }
    if (text->second.empty()) {
      throw DataError(
          {.what = fmt::format("{}: {}.cls names no class", where_, key),
           .expected = fmt::format("the name or number of the class of {}", picture.name),
           .got = "a file without text, or a link",
           .hint = "write the class into it, or remove all files .cls: then folders are classes"});
    }
    return text->second;
  }

  std::map<std::string, std::string> texts_;  // by key
  std::map<std::string, std::string> named_;  // the picture of each key
  std::string where_;
};

// The class of each picture by its folder; none if no picture is in one.
std::vector<std::string> ClassesByFolders(const PictureListing& listing, const std::string& where) {
  std::vector<std::string> classes;
  const ListedPicture* beside = nullptr;
  for (const ListedPicture& picture : listing.pictures) {
    const std::string_view folder = FolderOf(picture.name);
    if (folder.empty()) {
      if (beside == nullptr) beside = &picture;
    } else {
      classes.emplace_back(folder);
    }
  }
  if (beside == nullptr || classes.empty()) return classes;
  const auto inside = std::ssize(classes), outside = std::ssize(listing.pictures) - inside;
  throw DataError(
      {.what = fmt::format("{} holds pictures beside folders of pictures", where),
       .expected = "pictures alone, or one folder per class",
       .got = fmt::format("{} beside folders, such as {}, and {} in folders, such as {}/",
                          Counted(outside, "picture", "pictures"), beside->name, Grouped(inside),
                          classes.front()),
       .hint = fmt::format("move those beside folders into a folder of their own, as a class; or give one "
                           "folder as the data, such as {}/",
                           classes.front())});
}

}  // namespace

PictureParts PartsOf(const FileTree& tree) {
  constexpr std::string_view kTrain[] = {"train", "training"}, kTest[] = {"test", "testing"},
                             kVal[] = {"val", "valid", "validation"};
  std::optional<std::string> train, test, val;
  std::vector<std::string> unused;
  for (const std::string& name : tree.folders) {
    if (!FolderOf(name).empty()) continue;  // further below
    const auto is = [&](const auto& names) {
      return std::ranges::find(names, InLowerCase(name)) != std::end(names);
    };
    if (is(kTrain)) {
      train = name;
    } else if (is(kTest)) {
      test = name;
    } else if (is(kVal)) {
      val = name;
    } else {
      unused.push_back(name);
    }
  }
  if (!train || (!test && !val && !unused.empty())) return {};
  if (test && val) unused.push_back(*val);
  std::ranges::sort(unused);
  return {.train = *train, .test = test ? test : val, .test_name = test ? "test" : "val", .unused = unused};
}

PictureListing ListPictures(const FileTree& tree, const std::string& folder, const std::string& where) {
  PictureListing listing;
  std::map<std::string, std::string> files_of_classes;  // by key
  for (size_t i = 0; i < tree.files.size(); ++i) {
    const TreeFile& file = tree.files[i];
    const std::optional<std::string_view> name = Below(folder, file.name);
    if (!name) continue;
    if (file.picture) {
      listing.pictures.push_back({.file = i, .name = *name});
    } else if (file.text) {
      files_of_classes.emplace(KeyOf(*name), Trimmed(*file.text));
    } else {
      ++listing.others[ExtensionOf(*name)];
    }
  }
  TextsOfSamples texts(std::move(files_of_classes), where);
  const std::vector<std::string> classes =
      texts.empty() ? ClassesByFolders(listing, where) : texts.ClassesOf(listing);
  if (classes.empty()) return listing;

  std::set<std::string> names(classes.begin(), classes.end());
  for (const std::string& one : tree.folders) {
    const std::optional<std::string_view> name = Below(folder, one);
    if (texts.empty() && name && FolderOf(*name).empty()) names.emplace(*name);
  }
  listing.classes.assign(names.begin(), names.end());
  SortClasses(listing.classes);
  listing.numbered = AreNumbered(listing.classes);
  std::map<std::string_view, int32_t> labels;
  for (const std::string& name : listing.classes) labels.emplace(name, static_cast<int32_t>(labels.size()));
  for (size_t i = 0; i < classes.size(); ++i) listing.pictures[i].label = labels.at(classes[i]);
  return listing;
}

}  // namespace hourglass
