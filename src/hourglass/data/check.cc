#include "hourglass/data/check.h"

#include <string>
#include <unordered_map>

#include "hourglass/core/hash.h"

namespace hourglass {
namespace {

// The first image with each digest of pixels.
using FirstImages = std::unordered_map<std::string, int64_t>;

void Note(const FirstImages& images, const std::string& digest, int64_t id, size_t most, Duplicates& found) {
  const auto first = images.find(digest);
  if (first == images.end()) return;
  ++found.count;
  if (found.examples.size() < most) found.examples.emplace_back(first->second, id);
}

}  // namespace

SplitDuplicates FindDuplicates(const Dataset& train, const Dataset& held_out, size_t most) {
  SplitDuplicates found;
  FirstImages of_train, of_held_out;
  const auto visit = [&](const Dataset& data, FirstImages& images, Duplicates& within, Duplicates* across) {
    int64_t id = 0;
    ForEachImage(data, [&](std::span<const uint8_t> image) {
      const std::string digest = Sha256({reinterpret_cast<const char*>(image.data()), image.size()});
      Note(images, digest, id, most, within);
      if (across != nullptr) Note(of_train, digest, id, most, *across);
      images.emplace(digest, id++);
    });
  };
  visit(train, of_train, found.train, nullptr);
  visit(held_out, of_held_out, found.held_out, &found.across);
  return found;
}

}  // namespace hourglass
