#include "hourglass/data/formats/packed_writer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/core/json.h"
#include "hourglass/core/safetensors.h"
#include "hourglass/data/formats/packed.h"
#include "hourglass/data/report_json.h"

namespace hourglass {
namespace {

// Images begin here, because the header is written last.
constexpr uint64_t kHeaderRoom = uint64_t{1} << 16;
constexpr size_t kLongestNote = 1 << 14;
constexpr int64_t kCopiedBytes = int64_t{1} << 21;  // at once

// Calls visit(first, located) with the images of `data`, in order, block by block.
template <class Visit>
void ForEachBlock(const Dataset& data, const Visit& visit) {
  const int64_t block = std::max<int64_t>(1, kCopiedBytes / data.image_shape().size());
  PixelRoom room;
  std::vector<int64_t> ids;
  for (int64_t begin = 0; begin < data.size(); begin += block) {
    ids.resize(static_cast<size_t>(std::min(block, data.size() - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    visit(begin, data.Locate(ids, room));
  }
}

std::string WithEnds(std::span<const std::string> names) {
  std::string joined;
  for (const std::string& name : names) joined.append(name).push_back('\0');
  return joined;
}

std::string ImageNames(const Dataset& data) {
  std::string names;
  if (data.size() == 0 || data.image_name(0).empty()) return names;
  for (int64_t id = 0; id < data.size(); ++id) names.append(data.image_name(id)).push_back('\0');
  return names;
}

// What lies behind the images of all parts, and the descriptions of all tensors, in the order of the file.
class Contents {
 public:
  void AddImages(const std::string& part, const Dataset& data) {
    entries.push_back({part, DType::kU8, data.image_shape().Batched(data.size())});
  }
  void AddLabels(const std::string& name, std::span<const int32_t> labels) {
    if (labels.empty()) return;
    entries.push_back({name, DType::kI32, Shape{std::ssize(labels)}});
    tail.append(reinterpret_cast<const char*>(labels.data()), labels.size_bytes());
  }
  void AddBytes(const std::string& name, std::string_view bytes) {
    if (bytes.empty()) return;
    entries.push_back({name, DType::kU8, Shape{std::ssize(bytes)}});
    tail += bytes;
  }

  std::vector<TensorEntry> entries;
  std::string tail;
};

}  // namespace

class PackedWriter::Room : public ImageRoom {
 public:
  // Begins where the room before it ends, if there is one.
  Room(PackedWriter& writer, std::string key)
      : writer_(writer),
        number_(writer.rooms_.size()),
        key_(std::move(key)),
        begin_(number_ == 0 ? kHeaderRoom : writer.rooms_.back()->end()) {}

  Tensor Make(const Shape& shape) override {
    bytes_ = writer_.file_.Map(begin_, static_cast<uint64_t>(shape.size()));
    return Tensor::View(bytes_.data(), shape);
  }
  ReadingState Restore() override { return writer_.journal_.Open(number_, key_); }
  void Save(const ReadingState& state) override { writer_.journal_.Save(number_, state); }

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return begin_ + bytes_.size(); }
  const uint8_t* address() const { return bytes_.data(); }

 private:
  PackedWriter& writer_;
  const size_t number_;
  const std::string key_;
  const uint64_t begin_;
  std::span<uint8_t> bytes_;
};

PackedWriter::PackedWriter(const std::filesystem::path& path, uint64_t spare_bytes,
                           std::chrono::seconds record_every)
    : file_(path, spare_bytes), journal_(path.string() + ".part.json", file_, record_every) {}

PackedWriter::~PackedWriter() {
  if (journal_.empty()) file_.Discard();
}

ImageRoom& PackedWriter::Add(const std::string& key) {
  rooms_.push_back(std::make_unique<Room>(*this, key));
  return *rooms_.back();
}

// Where a byte of the file lies in memory; null if in no room.
const uint8_t* PackedWriter::AddressOf(uint64_t place) const {
  const auto after =
      std::ranges::upper_bound(rooms_, place, {}, [](const auto& room) { return room->begin(); });
  if (after == rooms_.begin() || place >= after[-1]->end()) return nullptr;
  return after[-1]->address() + (place - after[-1]->begin());
}

bool PackedWriter::LiesAt(const Dataset& data, uint64_t begin) const {
  const auto bytes = static_cast<uint64_t>(data.image_shape().size());
  bool there = true;
  ForEachBlock(data, [&](int64_t first, const LocatedPixels& located) {
    for (size_t i = 0; i < located.rows.size(); ++i)
      there &= located.image(i) == AddressOf(begin + (static_cast<uint64_t>(first) + i) * bytes);
  });
  return there;
}

// Writes the images from byte `begin` on, and returns the byte after them. Those that lie in a room lie there
// or behind, so none is overwritten before it is copied.
uint64_t PackedWriter::WriteImages(const Dataset& data, uint64_t begin) {
  const auto bytes = static_cast<size_t>(data.image_shape().size());
  const uint64_t end = begin + static_cast<uint64_t>(data.size()) * bytes;
  if (LiesAt(data, begin)) return end;
  std::string block;
  ForEachBlock(data, [&](int64_t, const LocatedPixels& located) {
    block.clear();
    for (size_t i = 0; i < located.rows.size(); ++i)
      block.append(reinterpret_cast<const char*>(located.image(i)), bytes);
    file_.Write(begin, block);
    begin += block.size();
  });
  return end;
}

void PackedWriter::Finish(const OpenedData& data) {
  std::vector<std::pair<std::string, const Dataset*>> parts = {{"train", data.train.get()}};
  if (data.test != nullptr) parts.emplace_back(data.test_name, data.test.get());
  Json json_parts = Json::object();
  for (const auto& [name, part] : parts) json_parts[name] = {{"checksum", ChecksumOf(*part)}};
  journal_.Remove();  // what follows moves images
  Contents contents;
  uint64_t end = kHeaderRoom;
  for (const auto& [name, part] : parts) {
    contents.AddImages(name, *part);
    end = WriteImages(*part, end);
  }
  for (const auto& [name, part] : parts) {
    contents.AddLabels(name + "_labels", part->labels());
    contents.AddBytes(name + "_names", ImageNames(*part));
    contents.AddBytes(name + "_classes", WithEnds(part->class_names()));
  }
  if (data.report) contents.AddBytes("report", ToJson(*data.report).dump());
  const Json json = {{"note", AsUtf8(AsUtf8(data.note).substr(0, kLongestNote))},
                     {"pictures", data.form.has_value()},
                     {"test_name", data.test_name},
                     {"source", AsUtf8(data.location)},
                     {"parts", json_parts}};
  const std::string start = SafetensorsStart(
      {{kPackedFormatKey, kPackedFormat}, {kPackedDataKey, json.dump()}}, contents.entries, kHeaderRoom);
  HOURGLASS_CHECK(start.size() == kHeaderRoom);
  file_.Write(0, start);
  file_.Write(end, contents.tail);
  file_.Finish(end + contents.tail.size());
}

void WritePackedData(const std::filesystem::path& path, const OpenedData& data) {
  PackedWriter(path).Finish(data);
}

}  // namespace hourglass
