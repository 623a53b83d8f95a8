// hourglass data fetch: fetches a data set and checks its content.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/messages.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/locate.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/data/open_data.h"
#include "hourglass/fetch/fetch.h"

namespace hourglass::app {
namespace {

namespace fs = std::filesystem;

struct DataFetchFlags {
  DataOptions data;
  std::vector<std::string> mirrors;
  int stall_seconds = 20;
  bool offline = false;
};

// Reports progress on stderr: one line per event, and on a terminal a last line that is overwritten.
class FetchReporter {
 public:
  explicit FetchReporter(Verbosity verbosity) : quiet_(verbosity == Verbosity::kQuiet) {}

  void operator()(const FetchEvent& event) {
    if (quiet_) return;
    using Kind = FetchEvent::Kind;
    switch (event.kind) {
      case Kind::kPresent:
        return Line(event, "is already there and intact");
      case Kind::kDamaged:
        return Line(event, fmt::format("is damaged, fetching it again ({})", event.message));
      case Kind::kStarted:
        return Line(event, event.received == 0
                               ? fmt::format("from {}", event.mirror)
                               : fmt::format("from {}, resuming at {}", event.mirror, Size(event.received)));
      case Kind::kProgress:
        return Progress(event);
      case Kind::kFault:
        return Line(event, fmt::format("{} failed: {}", event.mirror, event.message));
      case Kind::kDone:
        return Line(event, fmt::format("done, {}, checked", Size(event.received)));
    }
  }

 private:
  static std::string Size(uint64_t bytes) {
    const auto count = static_cast<double>(bytes);
    return count < 1e6 ? fmt::format("{:.1f} kB", count / 1e3) : fmt::format("{:.2f} MB", count / 1e6);
  }

  void Line(const FetchEvent& event, const std::string& text) {
    PrintMessage(fmt::format("{}{}: {}\n", terminal_ ? "\r\033[K" : "", event.file, text));
  }
  void Progress(const FetchEvent& event) {
    if (!terminal_) return;
    const std::string total = event.total > 0 ? fmt::format(" of {}", Size(event.total)) : "";
    PrintMessage(fmt::format("\r\033[K{}: {}{}", event.file, Size(event.received), total));
  }

  bool quiet_;
  bool terminal_ = IsTerminal(STDERR_FILENO);
};

// Where to put the set. Without any folder, UserCacheDir() says what is missing.
fs::path FetchFolder(const NamedSet& set, const DataOptions& options) {
  const std::vector<fs::path> places = PlacesOf(set, options);
  return places.empty() ? UserCacheDir() / set.folder : places.front();
}

const NamedSet& SetToFetch(const std::string& name) {
  const NamedSet* set = FindNamedSet(name);
  if (set == nullptr) {
    throw UsageError(
        {.what = fmt::format("cannot fetch '{}'", name), .hint = DidYouMean(name, NamesOfSets())});
  }
  if (set->files.empty()) {
    throw UsageError({.what = fmt::format("there is nothing to fetch: `{}` is built in", name),
                      .hint = fmt::format("use it with --data {}", name)});
  }
  return *set;
}

void FetchData(const DataFetchFlags& options, Verbosity verbosity) {
  const NamedSet& set = SetToFetch(options.data.name);
  const FetchOptions fetch{.files = set.files,
                           .mirrors = options.mirrors.empty() ? set.mirrors : options.mirrors,
                           .folder = FetchFolder(set, options.data),
                           .stall_seconds = options.stall_seconds,
                           .offline = options.offline};
  FetchFiles(fetch, FetchReporter(verbosity));
  std::cout << fetch.folder.string() << "\n";
}

}  // namespace

void AddDataFetchCommand(const Command& data) {
  auto options = std::make_shared<DataFetchFlags>();
  const Command command =
      data.AddCommand("fetch", "Fetch a data set and check its content",
                      "hourglass data fetch fashion-mnist\n"
                      "hourglass data fetch mnist --data-dir data --mirror http://our.server/mnist/");
  command.Add("data", options->data.name, "Name of a set, see `data list`").Required();
  command.Add("--data-dir", options->data.data_dir,
              "Folder for the files [$HOURGLASS_DATA_DIR, or the cache]");
  command.Add("--mirror", options->mirrors, "URL of a folder with the files; repeatable").Repeatable();
  command.Add("--stall", options->stall_seconds, "Timeout for a silent mirror")
      .Check(WholeNumber(1, 3600))
      .Type("SECONDS")
      .ShowDefault();
  command.AddSwitch("--offline", options->offline, "Only check existing files")
      .Environment("HOURGLASS_OFFLINE");
  command.OnRun([options, command] { FetchData(*options, command.verbosity()); });
}

}  // namespace hourglass::app
