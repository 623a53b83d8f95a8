#include "hourglass/data/formats/packed_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <utility>

#include "hourglass/data/formats/packed.h"
#include "hourglass/data/report_json.h"

namespace hourglass {
namespace {

constexpr size_t kTokenBytes = 32;

std::string NewToken() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

// Another one after each start of the system. What was written to a file before, but not to disk, may be
// lost.
std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

ReadingState StateOf(const Json& json) {
  return json.is_null() ? ReadingState{} : ReadingStateFromJson(json);
}

}  // namespace

PackedJournal::PackedJournal(std::filesystem::path path, PartialFile& file, std::chrono::seconds every)
    : path_(std::move(path)), file_(file), every_(every) {
  const std::span<uint8_t> start = file_.Map(0, kTokenBytes);
  try {
    Read({reinterpret_cast<const char*>(start.data()), start.size()});
  } catch (const std::exception&) {  // there is none, or it is damaged
    rooms_.clear();
    empty_ = true;
  }
  if (!rooms_.empty()) return;
  Remove();
  token_ = NewToken();
  file_.Write(0, token_);
}

void PackedJournal::Read(std::string_view token) {
  const Json json = ReadJson(path_);
  if (json.at("format") != kPackedFormat || json.at("token") != token) return;
  token_ = token;
  const bool same_boot = json.at("boot") == BootId();
  for (const Json& room : json.at("rooms")) {
    const Json& done = room.at(same_boot ? "now" : "on_disk");
    StateOf(done);  // so that it is known to be one
    empty_ &= done.is_null();
    rooms_.push_back({.key = room.at("key"), .now = done, .on_disk = room.at("on_disk")});
  }
}

void PackedJournal::Write() {
  Json rooms = Json::array();
  empty_ = true;
  for (const auto& [key, now, on_disk] : rooms_) {
    rooms.push_back({{"key", key}, {"now", now}, {"on_disk", on_disk}});
    empty_ &= now.is_null();
  }
  WriteJson(path_, {{"format", kPackedFormat}, {"token", token_}, {"boot", BootId()}, {"rooms", rooms}});
}

ReadingState PackedJournal::Open(size_t number, const std::string& key) {
  if (number < rooms_.size() && rooms_[number].key == key) return StateOf(rooms_[number].now);
  const bool changed = number < rooms_.size();
  rooms_.resize(number);
  rooms_.push_back({.key = key, .now = {}, .on_disk = {}});
  if (changed) Write();
  return {};
}

void PackedJournal::Save(size_t number, const ReadingState& state) {
  constexpr std::chrono::minutes kSync{1};
  rooms_.at(number).now = ToJson(state);
  const auto now = std::chrono::steady_clock::now();
  if (now - written_ < every_) return;
  if (now - synced_ > kSync) {
    file_.Sync();
    for (Room& room : rooms_) room.on_disk = room.now;
    synced_ = now;
  }
  Write();
  written_ = now;
}

void PackedJournal::Remove() {
  std::error_code ignored;  // if there is none
  std::filesystem::remove(path_, ignored);
  empty_ = true;
}

}  // namespace hourglass
