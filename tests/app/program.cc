#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "hourglass/core/file.h"
#include "train/tiny_data.h"

namespace hourglass::test {
namespace {

std::filesystem::path TemporaryFile() {
  std::string name = (std::filesystem::temp_directory_path() / "hourglass-output-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  EXPECT_GE(descriptor, 0);
  ::close(descriptor);
  return name;
}

[[noreturn]] void Become(const std::vector<std::string>& arguments, const ProcessOptions& options,
                         const std::filesystem::path& out, const std::filesystem::path& err) {
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), O_WRONLY), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY), STDERR_FILENO);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  if (options.largest_file > 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {static_cast<rlim_t>(options.largest_file),
                          static_cast<rlim_t>(options.largest_file)};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::unsetenv("HOURGLASS_DATA_DIR");
  for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (options.user != 0 && ::geteuid() == 0 && ::setuid(options.user) != 0) ::_exit(126);
  std::vector<char*> argv = {const_cast<char*>(HOURGLASS_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const ProcessOptions& options)
    : out_(TemporaryFile()), err_(TemporaryFile()) {
  pid_ = ::fork();
  if (pid_ == 0) Become(arguments, options, out_, err_);
}

Process::~Process() {
  if (!ended_) {
    Signal(SIGKILL);
    Wait();
  }
  std::filesystem::remove(out_);
  std::filesystem::remove(err_);
}

void Process::Signal(int number) const {
  ::kill(pid_, number);
}

bool Process::Ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

Outcome Process::Wait() {
  if (!ended_) ::waitpid(pid_, &status_, 0);
  ended_ = true;
  const int code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  return {code, ReadFile(out_), ReadFile(err_)};
}

Outcome RunHourglass(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  return Process(arguments, options).Wait();
}

Json JsonOfHourglass(std::vector<std::string> arguments, const ProcessOptions& options) {
  arguments.push_back("--json");
  const Outcome outcome = RunHourglass(arguments, options);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return ParseJson(outcome.out, "stdout");
}

void WriteIdx(const std::filesystem::path& path, const std::vector<uint32_t>& sizes, std::string_view bytes) {
  std::string idx = {0, 0, 8, static_cast<char>(sizes.size())};
  for (const uint32_t size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) idx += static_cast<char>(size >> shift);
  }
  WriteFileAtomically(path, idx + std::string(bytes));
}

void WriteBlobs(const std::filesystem::path& folder, int64_t train, int64_t test) {
  std::filesystem::create_directories(folder);
  for (const auto& [prefix, count] : {std::pair("train", train), std::pair("t10k", test)}) {
    const Tensor images = BlobImages(count, 8, static_cast<uint64_t>(count));
    const std::string_view pixels(static_cast<const char*>(images.raw()), images.byte_size());
    const auto size = static_cast<uint32_t>(count);
    WriteIdx(folder / (std::string(prefix) + "-images-idx3-ubyte"), {size, 8, 8}, pixels);
    std::string labels;
    for (int64_t image = 0; image < count; ++image) labels += static_cast<char>(image % 10);
    WriteIdx(folder / (std::string(prefix) + "-labels-idx1-ubyte"), {size}, labels);
  }
}

}  // namespace hourglass::test
