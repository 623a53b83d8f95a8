// Records how much of a packed file (packed_writer.h) has been written, so that another process can resume
// after the first was killed. It is true at all times: what it says is done is in the file.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/core/partial_file.h"
#include "hourglass/data/pictures/reading.h"

namespace hourglass {

class PackedJournal {
 public:
  // Reads the journal at `path`, unless it is damaged or belongs to another file than `file`, whose first
  // bytes it writes otherwise. Both must outlive this object. `every`: how often it is written.
  PackedJournal(std::filesystem::path path, PartialFile& file, std::chrono::seconds every);

  // What was done in room `number`, the next one or an earlier one, for `key`. If another key was there,
  // nothing is done in that room and those after it.
  ReadingState Open(size_t number, const std::string& key);
  // Keeps what has been done in a room that is open. Waits for the disk at most once a minute.
  void Save(size_t number, const ReadingState& state);

  // Whether the journal on disk records no finished work.
  bool empty() const { return empty_; }
  void Remove();

 private:
  struct Room {
    std::string key;
    Json now, on_disk;  // as ToJson(ReadingState): what was written, and what was on disk for certain
  };

  void Read(std::string_view token);
  void Write();

  std::filesystem::path path_;
  PartialFile& file_;
  std::string token_;  // of the file
  std::vector<Room> rooms_;
  std::chrono::seconds every_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now(), synced_ = written_;
  bool empty_ = true;
};

}  // namespace hourglass
