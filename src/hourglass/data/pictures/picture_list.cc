#include "hourglass/data/pictures/picture_list.h"

#include <utility>

#include "hourglass/core/require.h"
#include "hourglass/data/pictures/reading.h"
#include "hourglass/data/subset.h"

namespace hourglass {
namespace {

class NamedFiles : public PictureFiles {
 public:
  explicit NamedFiles(const std::vector<std::filesystem::path>& files) : files_(files) {}

  size_t size() const override { return files_.size(); }
  std::string name(size_t i) const override { return files_[i].string(); }
  std::string Read(size_t i) const override { return ReadPictureFile(files_[i]); }

 private:
  const std::vector<std::filesystem::path>& files_;
};

}  // namespace

PictureList ReadPictureList(const std::vector<std::filesystem::path>& files, const PictureForm& form,
                            bool skip_bad) {
  RequireAtLeast("number of pictures", std::ssize(files), 1);
  NamedFiles named(files);
  PicturesRead read = ReadPictures(named, {.form = form, .skip_bad = skip_bad});
  PictureList list;
  list.report.found = std::ssize(files);
  list.report.counts = std::move(read.counts);
  DataNames names;
  for (const std::filesystem::path& file : files) names.images.push_back(file.string());
  list.report.left_out = std::move(read.left_out);
  auto all = std::make_shared<const InMemoryDataset>(std::move(read.images), std::vector<int32_t>{},
                                                     std::move(names));
  list.images = Selection(std::move(all), std::move(read.rows));
  return list;
}

}  // namespace hourglass
