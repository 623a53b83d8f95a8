#include "hourglass/report/figure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/json.h"

extern char** environ;

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr char kLog[] = "gnuplot.log";

// A temporary folder inside `parent`, removed with its content.
class StagingFolder {
 public:
  StagingFolder(const fs::path& parent, const std::string& name)
      : path_(parent / fmt::format(".{}.{}.tmp", name, ::getpid())) {
    CreateDirectories(path_);
  }
  StagingFolder(const StagingFolder&) = delete;
  ~StagingFolder() {
    std::error_code ignored;  // a folder that cannot be removed does no harm
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Starts `gnuplot -d script` in `folder`, without a shell, with output to kLog. Returns its exit status.
int RunGnuplot(const fs::path& folder, std::string script) {
  posix_spawn_file_actions_t actions;
  HOURGLASS_CHECK(posix_spawn_file_actions_init(&actions) == 0);
  HOURGLASS_CHECK(posix_spawn_file_actions_addchdir_np(&actions, folder.c_str()) == 0);
  HOURGLASS_CHECK(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0);
  HOURGLASS_CHECK(posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, kLog,
                                                   O_WRONLY | O_CREAT | O_TRUNC, 0666) == 0);
  HOURGLASS_CHECK(posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO) == 0);
  std::string program = "gnuplot";
  std::string defaults = "-d";  // without the user's start-up files
  char* arguments[] = {program.data(), defaults.data(), script.data(), nullptr};
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw SystemError(
        {.what = "gnuplot, which draws the figures, cannot be started",
         .got = std::generic_category().message(error),
         .hint = "install it (apt install gnuplot-nox) and draw the figures with `hourglass report RUN`"});
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw ErrnoError("cannot wait for gnuplot");
  }
  return status;
}

std::string FullScript(const Figure& figure, const FigureSource& source) {
  const std::string& name = figure.name;
  return fmt::format(
      "# Draws the figure as PNG and SVG from the data beside it: run gnuplot on this file in its folder.\n"
      "set encoding utf8\n"
      "set terminal pngcairo size {2},{3} font 'sans,{4}' linewidth {5} pointscale {5} noenhanced background "
      "'#ffffff'\n"
      "set output {0}\n\n"
      "{6}\n"
      "set terminal svg size {7},{8} dynamic font 'sans-serif,{9}' noenhanced background '#ffffff'\n"
      "set output {1}\n"
      "replot\n"
      "unset output\n",
      GnuplotFileName(name + ".png"), GnuplotFileName(name + ".svg"), source.width * source.png_scale,
      source.height * source.png_scale,
      // Points of 1/96 inch in one terminal, pixels in the other.
      source.font_size * source.png_scale * 0.75, source.png_scale, source.script, source.width,
      source.height, source.font_size);
}

}  // namespace

void WriteFigure(const Figure& figure, const FigureSource& source) {
  const std::string& name = figure.name;
  const StagingFolder staging(figure.folder, name);
  WriteFileAtomically(staging.path() / (name + ".gp"), FullScript(figure, source));
  WriteFileAtomically(staging.path() / source.data_name, source.data);
  WriteJson(staging.path() / (name + ".json"),
            {{"caption", figure.caption}, {"alt_text", figure.alt_text}, {"model", figure.model}});
  const int status = RunGnuplot(staging.path(), "./" + name + ".gp");
  if (WIFSIGNALED(status)) {
    throw SystemError({.what = fmt::format("gnuplot was killed while it drew {}", figure.png().string()),
                       .got = fmt::format("signal {}", WTERMSIG(status))});
  }
  if (WEXITSTATUS(status) != 0) {
    throw SystemError({.what = fmt::format("gnuplot could not draw the figure {}", figure.png().string()),
                       .got = ReadFile(staging.path() / kLog),
                       .hint = "check that the disk is not full and that gnuplot-nox is fully installed"});
  }
  for (const std::string& file :
       {source.data_name, name + ".gp", name + ".json", name + ".svg", name + ".png"}) {
    std::error_code error;
    fs::rename(staging.path() / file, figure.folder / file, error);
    if (error) {
      throw SystemError(
          {.what = fmt::format("cannot write {}", (figure.folder / file).string()), .got = error.message()});
    }
  }
}

Figure ReadFigure(const fs::path& folder, const std::string& name) {
  const fs::path path = folder / (name + ".json");
  const Json json = ReadJson(path);
  Figure figure{.folder = folder, .name = name, .caption = {}, .alt_text = {}};
  for (auto [key, text] : {std::pair("caption", &figure.caption), std::pair("alt_text", &figure.alt_text)}) {
    if (!json.is_object() || !json.contains(key) || !json[key].is_string()) {
      throw DataError({.what = fmt::format("{} does not describe a figure", path.string()),
                       .expected = fmt::format("a text \"{}\"", key)});
    }
    *text = json[key].get<std::string>();
  }
  if (json.contains("model") && json["model"].is_string()) figure.model = json["model"].get<std::string>();
  for (const fs::path& picture : {figure.png(), figure.svg()}) {
    if (!fs::is_regular_file(picture)) {
      throw DataError(
          {.what = fmt::format("{} does not exist", picture.string()), .hint = "draw the figure again"});
    }
  }
  return figure;
}

std::string GnuplotString(std::string_view text) {
  return GnuplotFileName(AsUtf8(std::string(text)));
}

std::string GnuplotFileName(std::string_view name) {
  // gnuplot replaces nothing inside single quotes; '' is a quote.
  std::string script = "'";
  for (const char c : name) {
    if (c == '\n') {
      script += "'.\"\\n\".'";
    } else if (c == '\'') {
      script += "''";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      script += c;
    }
  }
  return script + "'";
}

}  // namespace hourglass
