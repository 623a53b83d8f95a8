#include "hourglass/data/named_sets.h"

#include <fmt/format.h>

#include <algorithm>

namespace hourglass {
namespace {

using Of = PublishedFile::Of;

// One class per character.
std::vector<std::string> Characters(std::string_view text) {
  std::vector<std::string> classes;
  for (const char character : text) classes.emplace_back(1, character);
  return classes;
}

// The archive with all six sets of EMNIST.
PublishedFile EmnistArchive() {
  std::vector<std::string> members;
  for (const char* set : {"digits", "letters", "balanced", "byclass", "bymerge", "mnist"}) {
    for (const char* file :
         {"train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1"})
      members.push_back(fmt::format("gzip/emnist-{}-{}-ubyte.gz", set, file));
  }
  return {.name = "gzip.zip",
          .sha256 = "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
          .bytes = 561753746,
          .of = Of::kFile,
          .members = std::move(members),
          .unpacked_bytes = 600000000};  // they are compressed already
}

NamedSet Emnist(std::string name, std::string description, std::string_view characters,
                int32_t first_label = 0) {
  return {.name = "emnist-" + name,
          .description = std::move(description),
          .folder = "emnist",
          .own_file_names = true,
          .prefix = "emnist-" + name + "-",
          .axes = AxisOrder::kCWH,  // published transposed
          .first_label = first_label,
          .classes = Characters(characters),
          .mirrors = {"https://biometrics.nist.gov/cs_links/EMNIST/",
                      "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"},
          .files = {EmnistArchive()}};
}

const std::vector<std::string>& CifarMirrors() {
  static const std::vector<std::string> kMirrors = {"https://www.cs.toronto.edu/~kriz/",
                                                    "https://cave.cs.toronto.edu/kriz/"};
  return kMirrors;
}

std::vector<NamedSet> MakeSets() {
  constexpr std::string_view kDigits = "0123456789";
  // Where lower case looks like upper case, both are one class, called by the capital letter.
  constexpr std::string_view kMerged = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";
  return {
      {.name = "mnist",
       .description =
           "handwritten digits, 28 x 28, 60,000 for training and 10,000 for testing (LeCun, Cortes, Burges)",
       .folder = "mnist",
       .own_file_names = true,
       .at_root = true,
       .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                   "https://storage.googleapis.com/cvdf-datasets/mnist/",
                   "https://systemds.apache.org/assets/datasets/mnist/",
                   "https://raw.githubusercontent.com/fgnt/mnist/master/",
                   "https://azureopendatastorage.blob.core.windows.net/mnist/"},
       .files = {{.name = "train-images-idx3-ubyte.gz",
                  .sha256 = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                  .bytes = 47040016},
                 {.name = "train-labels-idx1-ubyte.gz",
                  .sha256 = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                  .bytes = 60008},
                 {.name = "t10k-images-idx3-ubyte.gz",
                  .sha256 = "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                  .bytes = 7840016},
                 {.name = "t10k-labels-idx1-ubyte.gz",
                  .sha256 = "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                  .bytes = 10008}},
       .checksum = "a18a02bd6aeba25860da88a1d20fcd618f172f4d6c18382fb3254fdd03155ad2"},
      {.name = "fashion-mnist",
       .description = "articles of clothing in MNIST's format, ten classes (Xiao, Rasul, Vollgraf)",
       .folder = "fashion-mnist",
       .classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                   "Ankle boot"},
       .mirrors = {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                   "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                   "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"},
       .files = {{.name = "train-images-idx3-ubyte.gz",
                  .sha256 = "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                  .bytes = 47040016},
                 {.name = "train-labels-idx1-ubyte.gz",
                  .sha256 = "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                  .bytes = 60008},
                 {.name = "t10k-images-idx3-ubyte.gz",
                  .sha256 = "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                  .bytes = 7840016},
                 {.name = "t10k-labels-idx1-ubyte.gz",
                  .sha256 = "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                  .bytes = 10008}}},
      {.name = "kmnist",
       .description = "cursive Japanese characters in MNIST's format, ten classes (Clanuwat et al.)",
       .folder = "kmnist",
       .classes = {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"},
       .mirrors = {"http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
                   "https://web.archive.org/web/2020id_/http://codh.rois.ac.jp/kmnist/dataset/kmnist/"},
       .files = {{.name = "train-images-idx3-ubyte.gz",
                  .sha256 = "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                  .bytes = 18165135,
                  .of = Of::kFile},
                 {.name = "train-labels-idx1-ubyte.gz",
                  .sha256 = "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                  .bytes = 29497,
                  .of = Of::kFile},
                 {.name = "t10k-images-idx3-ubyte.gz",
                  .sha256 = "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                  .bytes = 3041136,
                  .of = Of::kFile},
                 {.name = "t10k-labels-idx1-ubyte.gz",
                  .sha256 = "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
                  .bytes = 5120,
                  .of = Of::kFile}}},
      Emnist("digits", "280,000 handwritten digits of NIST, 28 x 28 (Cohen et al.)", kDigits),
      Emnist("letters", "145,600 handwritten letters of NIST, 26 classes", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1),
      Emnist("balanced", "131,600 digits and letters of NIST, 47 classes of one size", kMerged),
      Emnist("byclass", "814,255 digits and letters of NIST, 62 classes",
             "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
      Emnist("bymerge", "the same in 47 classes: alike upper and lower case merged", kMerged),
      Emnist("mnist", "70,000 handwritten digits of NIST, split as MNIST", kDigits),
      {.name = "cifar10",
       .description = "colour photographs, 32 x 32, ten classes, 50,000 and 10,000 (Krizhevsky)",
       .layout = SetLayout::kCifar10,
       .folder = "cifar10",
       .own_file_names = true,
       .classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
       .mirrors = CifarMirrors(),
       .files =
           {{.name = "cifar-10-binary.tar.gz",
             .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
             .bytes = 170052171,
             .of = Of::kFile,
             .members = {"cifar-10-batches-bin/batches.meta.txt", "cifar-10-batches-bin/data_batch_1.bin",
                         "cifar-10-batches-bin/data_batch_2.bin", "cifar-10-batches-bin/data_batch_3.bin",
                         "cifar-10-batches-bin/data_batch_4.bin", "cifar-10-batches-bin/data_batch_5.bin",
                         "cifar-10-batches-bin/test_batch.bin"},
             .unpacked_bytes = 185000000}}},
      {.name = "cifar100",
       .description = "the same in 100 classes (Krizhevsky)",
       .layout = SetLayout::kCifar100,
       .folder = "cifar100",
       .own_file_names = true,
       .mirrors = CifarMirrors(),
       .files = {{.name = "cifar-100-binary.tar.gz",
                  .sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                  .bytes = 168513733,
                  .of = Of::kFile,
                  .members = {"cifar-100-binary/fine_label_names.txt", "cifar-100-binary/train.bin",
                              "cifar-100-binary/test.bin"},
                  .unpacked_bytes = 185000000}}},
      {.name = "digits",
       .description = "synthetic handwritten digits in MNIST's format; built in, needs no download",
       .layout = SetLayout::kBuiltIn},
  };
}

}  // namespace

std::vector<std::string> NamedSet::FileNames() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    const std::string file = path.substr(path.rfind('/') + 1);
    if (file.starts_with(prefix)) names.push_back(file);
  };
  for (const PublishedFile& file : files) {
    if (file.members.empty()) add(file.name);
    for (const std::string& member : file.members) add(member);
  }
  return names;
}

std::span<const NamedSet> NamedSets() {
  static const std::vector<NamedSet> kSets = MakeSets();
  return kSets;
}

std::vector<std::string> NamesOfSets() {
  std::vector<std::string> names;
  for (const NamedSet& set : NamedSets()) names.push_back(set.name);
  return names;
}

const NamedSet* FindNamedSet(std::string_view name) {
  const auto found = std::ranges::find(NamedSets(), name, &NamedSet::name);
  return found == NamedSets().end() ? nullptr : &*found;
}

}  // namespace hourglass
