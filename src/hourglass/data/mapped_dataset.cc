#include "hourglass/data/mapped_dataset.h"

#include <utility>

namespace hourglass {

MappedDataset::MappedDataset(std::shared_ptr<const MappedFile> file, Part part)
    : file_(std::move(file)), part_(std::move(part)) {
  if (part_.names.empty()) return;
  for (size_t at = 0; at < part_.names.size(); at = part_.names.find('\0', at) + 1) names_at_.push_back(at);
  names_at_.push_back(part_.names.size());
}

std::string MappedDataset::image_name(int64_t id) const {
  if (names_at_.empty()) return "";
  const size_t begin = names_at_.at(static_cast<size_t>(id)), end = names_at_.at(static_cast<size_t>(id) + 1);
  return std::string(part_.names.substr(begin, end - begin - 1));
}

LocatedPixels MappedDataset::Locate(std::span<const int64_t> ids, PixelRoom&) const {
  CheckIds(ids);
  file_->CheckUnchanged();
  if (const ReadAhead* ahead = ahead_now_) ahead->BeginToRead(ids);
  return {&part_.images, ids};
}

void MappedDataset::Expect(std::span<const int64_t> ids) const {
  CheckIds(ids);
  std::call_once(expected_, [this] {
    ahead_ = std::make_unique<ReadAhead>(file_, part_.images);
    ahead_now_ = ahead_.get();
  });
  ahead_->Add(ids);
}

}  // namespace hourglass
