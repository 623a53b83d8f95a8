// The table of data sets that are opened by name. To add one, add a row to named_sets.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/data/axis_order.h"

namespace hourglass {

// A file as its mirrors publish it.
struct PublishedFile {
  // What `sha256` and `bytes` describe: the uncompressed content, which does not depend on the compressor, or
  // the file itself, where no checksum of its content is published.
  enum class Of { kContent, kFile };

  std::string name;  // at the mirror, including .gz; in the folder too, unless it is an archive
  std::string sha256;
  uint64_t bytes = 0;
  Of of = Of::kContent;
  // Of an archive (then kFile): the files in it that are needed. Each is kept under the last part of its
  // name.
  std::vector<std::string> members = {};
  uint64_t unpacked_bytes = 0;  // at most, of all members together
};

// How the files of a set are laid out.
enum class SetLayout { kBuiltIn, kIdx, kCifar10, kCifar100 };

struct NamedSet {
  std::string name;
  std::string description;
  SetLayout layout = SetLayout::kIdx;
  std::string folder = {};  // in the cache and in folders of data; sets from one archive share it
  // Whether the set may lie in a folder of data itself, because the names of its files tell it from others.
  bool own_file_names = false;
  // Whether it is even put there. So it is with MNIST, whose file names others have copied.
  bool at_root = false;
  std::string prefix = {};  // of the names of its IDX files
  AxisOrder axes = AxisOrder::kCHW;
  int32_t first_label = 0;  // in the files; in memory, classes are counted from 0
  std::vector<std::string> classes =
      {};  // by label in memory; empty: they have only numbers, or the files name them
  std::vector<std::string> mirrors = {};  // URLs of folders, tried in this order
  std::vector<PublishedFile> files = {};  // empty if there is nothing to fetch
  std::string checksum = {};              // DataSplits::checksum of both parts as published; empty: unknown

  // The names of its own files as they are fetched, for messages.
  std::vector<std::string> FileNames() const;
};

std::span<const NamedSet> NamedSets();
std::vector<std::string> NamesOfSets();
// Null if no set is called so.
const NamedSet* FindNamedSet(std::string_view name);

}  // namespace hourglass
