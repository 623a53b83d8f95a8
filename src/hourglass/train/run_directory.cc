#include "hourglass/train/run_directory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

namespace hourglass {
namespace {

constexpr size_t kMaxName = 200;  // bytes; file systems allow 255; the time and the process id need some

bool IsFileName(const std::string& name) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  return !name.empty() && name.size() <= kMaxName && name[0] != '.' && name.find('/') == std::string::npos &&
         std::ranges::none_of(name, control);
}

}  // namespace

std::filesystem::path RunDirectory::FreePath(const std::string& name) {
  if (!IsFileName(name)) {
    throw UsageError(
        {.what = fmt::format("'{}' cannot be a run's name", name),
         .expected =
             fmt::format("at most {} bytes on one line, without '/' and not starting with a dot", kMaxName)});
  }
  const std::string base = fmt::format("{:%Y%m%dT%H%M%SZ}-{}", fmt::gmtime(std::time(nullptr)), name);
  std::filesystem::path path = std::filesystem::path("runs") / base;
  for (int copy = 2; std::filesystem::exists(path); ++copy)
    path.replace_filename(fmt::format("{}-{}", base, copy));
  return path;
}

RunDirectory RunDirectory::Create(const std::filesystem::path& path) {
  const RunDirectory run(path);
  CheckFree(run.path_);
  CreateDirectories(run.checkpoints());
  CreateDirectories(run.figures());
  return run;
}

RunDirectory RunDirectory::CreateBeside(const std::filesystem::path& path) {
  if (path.has_parent_path()) CreateDirectories(path.parent_path());
  for (int attempt = 0;; ++attempt) {
    const std::filesystem::path aside = fmt::format("{}.{}-{}.new", path.string(), ::getpid(), attempt);
    std::error_code error;
    if (std::filesystem::create_directory(aside, error)) {
      try {
        return Create(aside);
      } catch (...) {
        std::filesystem::remove_all(aside, error);
        throw;
      }
    }
    if (!error) continue;  // taken by another process
    throw SystemError({.what = fmt::format("cannot create the folder {}", aside.string()),
                       .got = error.message(),
                       .hint = "check that you may write there and that the disk is not full"});
  }
}

void RunDirectory::CheckFree(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return;
  const bool empty_folder = std::filesystem::is_directory(status) && std::filesystem::is_empty(path, error);
  if (error)
    throw SystemError(
        {.what = fmt::format("cannot read the folder {}", path.string()), .got = error.message()});
  if (empty_folder && !std::filesystem::equivalent(path, std::filesystem::current_path())) return;
  if (empty_folder) {
    throw UsageError({.what = "the current folder cannot become a run",
                      .hint = "name a folder in it",
                      .setting = "out = run"});
  }
  throw UsageError({.what = fmt::format("{} already exists; a run is never overwritten", path.string()),
                    .hint = "choose another directory, or resume the run there",
                    .setting = "resume"});
}

RunDirectory RunDirectory::CopyRecords(const std::filesystem::path& path) const {
  const RunDirectory copy(path);
  if (std::filesystem::exists(copy.checkpoints())) {
    throw UsageError({.what = fmt::format("{} is a run, which is never overwritten", path.string()),
                      .hint = "choose another folder"});
  }
  CreateDirectories(path);
  for (const auto& [from, to] :
       {std::pair(config(), copy.config()), {info(), copy.info()}, {metrics(), copy.metrics()}}) {
    WriteFileAtomically(to, ReadFile(from));
  }
  return copy;
}

RunDirectory RunDirectory::Open(const std::filesystem::path& path) {
  const RunDirectory run(path);
  if (!std::filesystem::is_directory(path)) {
    throw DataError({.what = fmt::format("there is no run at {}", path.string()),
                     .expected = "a directory made by hourglass train"});
  }
  for (const std::filesystem::path& file : {run.config(), run.info()}) {
    if (!std::filesystem::exists(file)) {
      throw DataError({.what = fmt::format("{} is not a run", path.string()),
                       .expected = "a directory made by hourglass train",
                       .got = fmt::format("no {} in it", file.filename().string())});
    }
  }
  return run;
}

RunDirectory RunDirectory::MoveToFree(const std::string& name) const {
  while (true) {
    const std::filesystem::path path = FreePath(name);
    std::error_code error;
    std::filesystem::rename(path_, path, error);
    if (!error) return RunDirectory(path);
    if (std::filesystem::exists(path)) continue;  // another process was faster
    throw SystemError(
        {.what = fmt::format("cannot create the run {}", path.string()), .got = error.message()});
  }
}

RunDirectory RunDirectory::MoveTo(const std::filesystem::path& path) const {
  std::error_code error;
  std::filesystem::rename(path_, path, error);
  if (!error) return RunDirectory(path);
  CheckFree(path);
  throw SystemError({.what = fmt::format("cannot create the run {}", path.string()),
                     .got = error.message(),
                     .hint = "choose a folder that does not exist yet"});
}

std::vector<EpochMetrics> RunDirectory::ReadMetrics() const {
  const std::string text = ReadFile(metrics());
  std::vector<EpochMetrics> epochs;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string where = fmt::format("{}:{}", metrics().string(), epochs.size() + 1);
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    epochs.push_back(EpochMetricsFromJson(ParseJson(line, where), where));
  }
  return epochs;
}

void RunDirectory::AppendMetrics(const EpochMetrics& epoch) const {
  AppendLine(metrics(), ToJson(epoch).dump());
}

void RunDirectory::WriteMetrics(const std::vector<EpochMetrics>& epochs) const {
  std::string text;
  for (const EpochMetrics& epoch : epochs) text += ToJson(epoch).dump() + "\n";
  WriteFileAtomically(metrics(), text);
}

}  // namespace hourglass
