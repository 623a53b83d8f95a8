// Writes packed data (packed.h).
// Pictures are decoded straight into the file that is to be made, so they need not fit in memory. A journal
// beside it records what has been done, so that another process can resume after the first was killed. At the
// end, what lies elsewhere (all other data) is copied into the file, and then labels, names and the header.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hourglass/core/partial_file.h"
#include "hourglass/data/formats/packed_journal.h"
#include "hourglass/data/opened_data.h"
#include "hourglass/data/pictures/reading.h"

namespace hourglass {

class PackedWriter : public ImageRooms {
 public:
  // Creates `path` with the extension .part, or resumes it. `spare_bytes` of the disk are left free.
  // `record_every`: how often the journal is written. Throws as PartialFile does.
  explicit PackedWriter(const std::filesystem::path& path, uint64_t spare_bytes = 0,
                        std::chrono::seconds record_every = std::chrono::seconds(2));
  // Removes an unfinished file, unless the journal lets another process resume it.
  ~PackedWriter() override;

  ImageRoom& Add(const std::string& key) override;

  // Writes a file that OpenPackedData reads as `data`, whose images may lie in the rooms, and gives it its
  // name. They lie in the file as long as this object. Throws a system Error.
  void Finish(const OpenedData& data);

 private:
  class Room;

  const uint8_t* AddressOf(uint64_t place) const;
  bool LiesAt(const Dataset& data, uint64_t begin) const;
  uint64_t WriteImages(const Dataset& data, uint64_t begin);

  PartialFile file_;
  PackedJournal journal_;
  std::vector<std::unique_ptr<Room>> rooms_;
};

// The same for data that is complete.
void WritePackedData(const std::filesystem::path& path, const OpenedData& data);

}  // namespace hourglass
