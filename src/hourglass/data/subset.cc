#include "hourglass/data/subset.h"

#include <algorithm>
#include <utility>

namespace hourglass {

Subset::Subset(std::shared_ptr<const Dataset> whole, std::vector<int64_t> ids)
    : whole_(std::move(whole)), ids_(std::move(ids)) {
  whole_->CheckIds(ids_);
  if (whole_->labels().empty()) return;
  for (const int64_t id : ids_) labels_.push_back(whole_->labels()[static_cast<size_t>(id)]);
}

LocatedPixels Subset::Locate(std::span<const int64_t> ids, PixelRoom& room) const {
  CheckIds(ids);
  room.rows.resize(ids.size());  // keeps the elements if `ids` is room.rows: a subset of a subset
  std::ranges::transform(ids, room.rows.begin(),
                         [this](int64_t id) { return ids_[static_cast<size_t>(id)]; });
  return whole_->Locate(room.rows, room);
}

void Subset::Expect(std::span<const int64_t> ids) const {
  CheckIds(ids);
  std::vector<int64_t> of_whole;
  for (const int64_t id : ids) of_whole.push_back(ids_[static_cast<size_t>(id)]);
  whole_->Expect(of_whole);
}

std::shared_ptr<const Dataset> Selection(std::shared_ptr<const Dataset> whole, std::vector<int64_t> ids) {
  if (std::ssize(ids) == whole->size()) return whole;
  return std::make_shared<const Subset>(std::move(whole), std::move(ids));
}

}  // namespace hourglass
