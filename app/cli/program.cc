#include "app/cli/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "app/cli/parse_error.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/version.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass::app {
namespace {

constexpr int kUsageExitCode = static_cast<int>(ErrorKind::kUsage);
constexpr int kInterruptedExitCode = 130;

// Help with the examples (an App's footer) before everything else, and defaults after the description.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    std::string help = make_description(app);
    if (!app->get_footer().empty()) help += "\nExamples:\n" + Indented(app->get_footer()) + "\n";
    const std::string positionals = make_positionals(app);
    return help + make_usage(app, name) + "\n" + positionals + (positionals.empty() ? "" : "\n") +
           make_groups(app, mode) + make_subcommands(app, mode);
  }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string text = CLI::Formatter::make_group(group, is_positional, options);
    return text.substr(1);  // without the blank line before it, which the caller sets
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0 || option->get_type_name().empty()) return "";
    return " " + option->get_type_name();
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string& value = option->get_default_str();
    return option->get_description() + (value.empty() ? "" : fmt::format(" [{}]", value));
  }

 private:
  static std::string Indented(const std::string& lines) {
    std::string indented = "  ";
    for (const char c : lines) indented += c == '\n' ? std::string("\n  ") : std::string(1, c);
    return indented + "\n";
  }
};

// Turns a setting of a library message, "learning_rate = 0.1", into the flag "--learning-rate 0.1".
std::string AsFlag(const std::string& setting) {
  constexpr std::string_view kIs = " = ";
  const size_t end = std::min(setting.find(kIs), setting.size());
  std::string flag = "--" + setting.substr(0, end);
  std::ranges::replace(flag, '_', '-');
  return end == setting.size() ? flag : flag + " " + ShellQuoted(setting.substr(end + kIs.size()));
}

// `error` with its setting as the flag that the user would give.
Error WithFlag(const Error& error) {
  ErrorText text = error.text();
  if (!text.setting.empty()) text.setting = AsFlag(text.setting);
  return {error.kind(), std::move(text)};
}

int Report(const Error& error) {
  const char* label = UseColour(STDERR_FILENO) ? "\033[31merror:\033[0m" : "error:";
  PrintMessage(fmt::format("{} {}\n", label, WithFlag(error).what()));
  return error.exit_code();
}

void AddVerbosityFlags(CLI::App& app) {
  app.add_flag_function(
         "-q,--quiet", [](int64_t) {}, "Print only results and errors")
      ->group("Output");
  app.add_flag_function(
         "-v,--verbose", [](int64_t) {}, "Print more")
      ->group("Output");
  for (CLI::App* command : app.get_subcommands({})) AddVerbosityFlags(*command);
}

// Flushes stdout; returns 0 if everything printed has reached it.
int FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  return Report(ErrnoError("cannot write to stdout"));
}

// Opens /dev/null, read-only, for each closed standard stream. Otherwise the next opened file would receive
// its messages.
void OccupyClosedStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0 && ::open("/dev/null", O_RDONLY) < 0) return;
  }
}

// Runs the chosen command; everything that it prints has reached stdout when this returns 0.
int ParseAndRun(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    app.exit(request);
    return FlushOutput();
  } catch (const CLI::ParseError& error) {
    return Report(ParseErrorOf(app, error));
  }
  if (app.get_subcommands().empty()) {
    PrintMessage(app.help());
    return kUsageExitCode;
  }
  return FlushOutput();
}

}  // namespace

Program::Program()
    : app_(std::make_unique<CLI::App>("An autoencoder laboratory: train on images, look inside, measure.",
                                      "hourglass")) {
  app_->formatter(std::make_shared<HelpFormatter>());
  app_->set_version_flag("--version", ProgramVersion(), "Print version and commit");
  app_->require_subcommand(0, 1);
  app_->get_formatter()->label("SUBCOMMAND", "COMMAND");
  app_->footer(
      "hourglass train --data digits -z 8 -e 10     train on the built-in digits, which need no download\n"
      "hourglass data fetch mnist                   fetch MNIST into the user's cache\n"
      "hourglass study bottleneck-trio --out trio   run a whole study and write its report");
}

Program::~Program() = default;

int Program::Run(int argc, char** argv, const std::function<void()>& before) {
  OccupyClosedStreams();
  std::signal(SIGXFSZ, SIG_IGN);  // writing over the file size limit then fails with a message
  AddVerbosityFlags(*app_);
  RefuseFlagsAsValues(*app_);
  try {
    before();
    return ParseAndRun(*app_, argc, argv);
  } catch (const Interrupted&) {
    return kInterruptedExitCode;
  } catch (const Error& error) {
    const int code = Report(error);
    // Ctrl-C also ends gnuplot: that failure is an interruption.
    return InterruptNoted() ? kInterruptedExitCode : code;
  } catch (const std::bad_alloc&) {
    return Report(
        SystemError({.what = "not enough memory", .hint = "use a smaller batch, model or data set"}));
  } catch (const std::filesystem::filesystem_error& error) {
    return Report(SystemError({.what = fmt::format("cannot use {}", error.path1().string()),
                               .got = error.code().message(),
                               .hint = "check the path"}));
  } catch (const std::system_error& error) {
    const char* what = std::ferror(stdout) != 0 ? "cannot write to stdout" : "unexpected failure";
    return Report(SystemError({.what = what, .got = error.code().message()}));
  } catch (const std::exception& error) {
    return Report(SystemError({.what = "unexpected failure", .got = error.what()}));
  }
}

}  // namespace hourglass::app
