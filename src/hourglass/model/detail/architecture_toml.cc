#include "hourglass/model/detail/architecture_toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/core/toml_reader.h"
#include "hourglass/nn/layer.h"

namespace hourglass {
namespace {

constexpr char kWords[] =
    R"("code", "code/plane", "channels", "pixels", a share such as "pixels/2", or "dropout")";

// True if `text` may be a layer's name. Parameter names extend it with a dot.
bool IsName(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '-' || c == '_';
  });
}

// The name of the layer that an entry stands for at its n-th repetition, counted from 1.
std::string NameOf(const std::string& entry, int64_t repetition) {
  return repetition == 1 ? entry : fmt::format("{}-{}", entry, repetition);
}

// Reads the layers in order; each knows the shape before it.
class LayersReader {
 public:
  LayersReader(const std::string& where, double dropout, const Architecture& made)
      : where_(where), dropout_(dropout), made_(made), shape_(made.image_shape) {}

  // Both return the layers of their side; read the encoder first.
  std::vector<NamedLayer> ReadEncoder(const std::vector<const toml::table*>& tables) {
    std::vector<NamedLayer> layers = ReadSide(tables, "encoder");
    if (shape_ == Shape{made_.code_size}) return layers;
    throw UsageError({.what = fmt::format("{}: layer '{}' ends the encoder with an output of {}", where_,
                                          layers.back().name, shape_.ToString()),
                      .expected = fmt::format("a code of [{}]", made_.code_size),
                      .got = shape_.ToString(),
                      .hint = R"(a dense layer with outputs = "code" ends in a code of any size)"});
  }
  std::vector<NamedLayer> ReadDecoder(const std::vector<const toml::table*>& tables) {
    mirrored_ = std::move(read_);
    shape_ = {made_.code_size};
    std::vector<NamedLayer> layers = ReadSide(tables, "decoder");
    if (shape_ == made_.image_shape || shape_ == Shape{made_.image_shape.size()}) return layers;
    throw UsageError({.what = fmt::format("{}: layer '{}' ends the decoder with an output of {}", where_,
                                          layers.back().name, shape_.ToString()),
                      .expected = fmt::format("an image of {}, or its {} pixels",
                                              made_.image_shape.ToString(), made_.image_shape.size()),
                      .got = shape_.ToString()});
  }

  bool used_dropout() const { return used_dropout_; }

 private:
  struct ReadLayer {
    std::string name;
    std::unique_ptr<Layer> layer;
    Shape input;
  };

  std::vector<NamedLayer> ReadSide(const std::vector<const toml::table*>& tables, const char* side) {
    if (tables.empty()) {
      throw UsageError(
          {.what = fmt::format("{}: no layers", where_), .expected = fmt::format("a list '{}'", side)});
    }
    std::vector<NamedLayer> layers;
    for (const toml::table* table : tables) ReadEntry(*table, layers);
    return layers;
  }

  // An entry is a layer or a block of `layers`. With `until` it is repeated until a side of the images is
  // that small; an entry that mirrors such a layer stands for as many repetitions, in reverse order.
  void ReadEntry(const toml::table& table, std::vector<NamedLayer>& layers) {
    const bool repeated = IsRepeated(table);
    const std::vector<const toml::table*> block = BlockOf(table);
    const auto read = [&](int64_t n) {
      for (const toml::table* layer : block) layers.push_back(ReadOne(*layer, n, table));
    };
    if (!repeated) {
      for (int64_t n = RepetitionsOf(block); n > 0; --n) read(n);
      return;
    }
    int64_t until = 0, count = 0;
    TomlReader(table, where_).Optional("until", until);
    for (bool done = false; !done;) {
      const Shape before = shape_;
      read(++count);
      if (table.contains("layers"))
        place_ = fmt::format("{}: the block", TomlReader(table, where_).Place("until"));
      done = IsWithin(until, before);
    }
    for (const toml::table* layer : block) repetitions_[ValueOf(*layer, "name")] = count;
  }

  bool IsRepeated(const toml::table& entry) const { return mirrored_.empty() && entry.contains("until"); }

  // The layers of an entry.
  std::vector<const toml::table*> BlockOf(const toml::table& table) const {
    TomlReader reader(table, where_);
    if (!reader.Has("layers")) return {&table};
    if (mirrored_.empty()) reader.Has("until");
    const std::vector<const toml::table*> block = reader.Tables("layers");
    reader.Finish();
    return block;
  }

  // How often a block of the decoder is repeated: as often as the layers that it mirrors.
  int64_t RepetitionsOf(const std::vector<const toml::table*>& block) const {
    std::set<int64_t> counts;
    for (const toml::table* layer : block) {
      if (!layer->contains("mirrors")) continue;
      const auto found = repetitions_.find(ValueOf(*layer, "mirrors"));
      counts.insert(found == repetitions_.end() ? 1 : found->second);
    }
    if (counts.size() <= 1) return counts.empty() ? 1 : *counts.begin();
    throw UsageError(
        {.what = fmt::format("{}: the layers of a block mirror layers that are not repeated equally often",
                             TomlReader(*block.front(), where_).Place("name")),
         .expected = "layers of one block",
         .got = fmt::format("{} repetitions", fmt::join(counts, " and "))});
  }

  // The text `key` of a layer, or "".
  std::string ValueOf(const toml::table& layer, const char* key) const {
    std::string value;
    TomlReader(layer, where_).Optional(key, value);
    return value;
  }

  // Whether a side of the images has become as small as `until` pixels. Refuses layers that never get there.
  // One side decides, so that a kernel that fits into `until` pixels always fits into the image.
  bool IsWithin(int64_t until, const Shape& before) const {
    if (until < 1) Refuse("'until' must be at least 1");
    if (before.rank() != 3 || shape_.rank() != 3) Refuse("'until' needs a layer from images to images");
    const auto side = [](const Shape& image) { return std::min(image[1], image[2]); };
    if (side(shape_) <= until) return true;
    if (side(shape_) < side(before) && std::ssize(read_) < kMostLayers) return false;
    throw UsageError({.what = fmt::format("{}: it does not shrink images to {} pixels", place_, until),
                      .got = fmt::format("{} after {}", shape_.ToString(), before.ToString()),
                      .hint = "a convolution with a stride of 2 halves them"});
  }

  // Reads a layer of `entry`, or the one that it is.
  NamedLayer ReadOne(const toml::table& table, int64_t repetition, const toml::table& entry) {
    TomlReader reader(table, where_);
    std::string name, kind, mirrors;
    reader.Required("name", name);
    reader.Required("kind", kind);
    if (!mirrored_.empty()) reader.Optional("mirrors", mirrors);
    const bool repeated = IsRepeated(entry);
    if (repeated && &entry == &table) reader.Has("until");
    name = NameOf(name, repetition);
    if (!mirrors.empty()) mirrors = NameOf(mirrors, repetition);
    CheckName(name, reader.Place("name"));
    place_ = fmt::format("{}: layer '{}'", reader.Place("name"), name);

    Json config = Blaming([&] { return LayerDefaults(kind, shape_); });
    const ReadLayer* const mirrored = mirrors.empty() ? nullptr : &FindMirrored(mirrors);
    const Json given = mirrored == nullptr ? Json::object() : MirrorConfig(*mirrored, kind);
    config.update(given);
    for (auto& [key, value] : config.items()) {
      const toml::node* node = key == "kind" ? nullptr : reader.Find(key);
      if (node == nullptr) continue;
      if (given.contains(key)) Refuse(fmt::format("'{}' comes from the mirrored layer '{}'", key, mirrors));
      value = ToJson(*node, /*words=*/!value.is_string());
      if (key == "outputs" && repeated && value.is_array()) value = OfRepetition(value, repetition);
    }
    reader.Finish();
    for (const auto& [key, value] : config.items()) {
      if (value.is_null()) Refuse(fmt::format("'{}' is missing", key));
    }

    auto layer = Blaming([&] { return MakeLayer(config); });
    const Shape input = std::exchange(shape_, Blaming([&] { return layer->OutputShape(shape_); }));
    if (mirrored != nullptr) CheckMirrored(*mirrored);
    NamedLayer named{.name = name, .config = layer->config()};
    read_.push_back({.name = name, .layer = std::move(layer), .input = input});
    return named;
  }

  // The last number serves all later repetitions, too.
  Json OfRepetition(const Json& list, int64_t repetition) const {
    if (list.empty()) Refuse("'outputs' is an empty list");
    return list[static_cast<size_t>(std::min<int64_t>(repetition, std::ssize(list)) - 1)];
  }

  void CheckName(const std::string& name, const std::string& place) const {
    if (!IsName(name)) {
      throw UsageError({.what = fmt::format("{}: bad layer name", place),
                        .expected = "letters, digits, - and _",
                        .got = fmt::format("'{}'", name)});
    }
    for (const auto* layers : {&mirrored_, &read_}) {
      if (std::ranges::find(*layers, name, &ReadLayer::name) == layers->end()) continue;
      throw UsageError({.what = fmt::format("{}: two layers are named '{}'", place, name)});
    }
  }

  const ReadLayer& FindMirrored(const std::string& name) const {
    const auto found = std::ranges::find(mirrored_, name, &ReadLayer::name);
    if (found != mirrored_.end()) return *found;
    std::vector<std::string> names;
    for (const ReadLayer& layer : mirrored_) names.push_back(layer.name);
    throw UsageError({.what = fmt::format("{}: the encoder has no layer '{}'", place_, name),
                      .hint = DidYouMean(name, names)});
  }

  // The config values that a layer of `kind` takes from the layer it mirrors.
  Json MirrorConfig(const ReadLayer& mirrored, const std::string& kind) const {
    Json config = Blaming([&] { return mirrored.layer->MirrorConfig(mirrored.input); });
    if (config.is_null()) Refuse(fmt::format("a {} layer cannot be mirrored", mirrored.layer->kind()));
    const auto expected = config["kind"].get<std::string>();
    config.erase("kind");
    if (kind == expected) return config;
    throw UsageError({.what = fmt::format("{}: a {} layer cannot mirror '{}', a {} layer", place_, kind,
                                          mirrored.name, mirrored.layer->kind()),
                      .expected = fmt::format("kind = \"{}\"", expected),
                      .got = fmt::format("\"{}\"", kind)});
  }

  // shape_ is the output of the mirroring layer.
  void CheckMirrored(const ReadLayer& mirrored) const {
    if (shape_ == mirrored.input || shape_ == Shape{mirrored.input.size()}) return;
    throw UsageError(
        {.what = fmt::format("{}: its output does not match the input of '{}'", place_, mirrored.name),
         .expected = fmt::format("an output of {}", mirrored.input.ToString()),
         .got = shape_.ToString(),
         .hint = "mirror the layers of the encoder in reverse order"});
  }

  // A value of a layer's configuration. If `words`, a string is a word for a number.
  Json ToJson(const toml::node& node, bool words) {
    if (const auto* value = node.as_integer()) return value->get();
    if (const auto* value = node.as_floating_point()) return value->get();
    if (const auto* value = node.as_boolean()) return value->get();
    if (const auto* value = node.as_string()) return words ? Number(value->get()) : Json(value->get());
    const auto* array = node.as_array();
    if (array == nullptr) Refuse("a layer's value cannot be a table or a time");
    Json list = Json::array();
    for (const toml::node& item : *array) list.push_back(ToJson(item, words));
    return list;
  }

  // The channels of a code that is an image as large as the output so far.
  Json ChannelsOfCode() const {
    if (shape_.rank() != 3) Refuse("\"code/plane\" needs a layer of images");
    const int64_t plane = shape_[1] * shape_[2];
    if (made_.code_size % plane == 0) return made_.code_size / plane;
    throw UsageError(
        {.what = fmt::format("{}: the code is no image of {} × {} pixels", place_, shape_[1], shape_[2]),
         .expected = fmt::format("a multiple of {} numbers", plane),
         .got = fmt::format("{}", made_.code_size),
         .hint = "choose it",
         .setting = fmt::format("code_size = {}", plane)});
  }

  // The number that `word` represents.
  Json Number(const std::string& word) {
    if (word == "code") return made_.code_size;
    if (word == "code/plane") return ChannelsOfCode();
    if (word == "channels") return made_.image_shape[0];
    if (word == "dropout") {
      used_dropout_ = true;
      return dropout_;
    }
    const int64_t pixels = made_.image_shape.size();
    if (word == "pixels") return pixels;
    constexpr std::string_view kShare = "pixels/";
    int64_t divisor = 0;
    const char* const end = word.data() + word.size();
    const bool share =
        word.starts_with(kShare) && std::from_chars(word.data() + kShare.size(), end, divisor).ptr == end;
    if (!share || divisor < 1) {
      throw UsageError({.what = fmt::format("{}: neither a number nor a known word", place_),
                        .expected = kWords,
                        .got = fmt::format("\"{}\"", word)});
    }
    if (pixels >= divisor) return pixels / divisor;
    throw UsageError({.what = fmt::format("{}: {} would be 0", place_, word),
                      .expected = fmt::format("images of at least {} pixels", divisor),
                      .got = fmt::format("image shape {}", made_.image_shape.ToString())});
  }

  // Calls `make` and adds the layer's name to its errors.
  template <class Make>
  auto Blaming(Make make) const -> decltype(make()) {
    try {
      return make();
    } catch (const Error& error) {
      throw Error(error.kind(), error.TextAt(place_));
    }
  }

  [[noreturn]] void Refuse(const std::string& what) const {
    throw UsageError({.what = fmt::format("{}: {}", place_, what)});
  }

  const std::string& where_;
  double dropout_;
  const Architecture& made_;
  Shape shape_;                                 // of the output so far
  std::vector<ReadLayer> read_;                 // of this side
  std::vector<ReadLayer> mirrored_;             // the encoder, while the decoder is being read
  std::map<std::string, int64_t> repetitions_;  // of the encoder's layers with `until`, by name
  std::string place_;                           // of the layer being read, for errors
  bool used_dropout_ = false;
};

}  // namespace

void ReadLayers(std::string_view toml, const std::string& where, double dropout, Architecture& made) {
  const toml::table table = ParseToml(toml, where);
  TomlReader reader(table, where);
  std::string title;
  reader.Optional("title", title);
  const auto encoder = reader.Tables("encoder"), decoder = reader.Tables("decoder");
  reader.Finish();
  LayersReader layers(where, dropout, made);
  made.encoder = layers.ReadEncoder(encoder);
  made.decoder = layers.ReadDecoder(decoder);
  if (dropout > 0 && !layers.used_dropout()) {
    throw UsageError({.what = fmt::format("dropout is set, but no layer of {} uses it", made.name),
                      .got = fmt::format("dropout = {}", dropout),
                      .hint = R"(it applies to layers with kind = "dropout" and probability = "dropout")"});
  }
}

}  // namespace hourglass
