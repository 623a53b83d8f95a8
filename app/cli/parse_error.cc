#include "app/cli/parse_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/full_name.h"
#include "hourglass/core/text.h"

namespace hourglass::app {
namespace {

constexpr std::string_view kMissing = "missing";  // the end of CLI11's message about a missing value

// The chosen command: the deepest parsed subcommand.
const CLI::App& Chosen(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = const_cast<CLI::App&>(app).get_subcommands();
  return parsed.empty() ? app : Chosen(*parsed.front());
}

std::vector<std::string> Verbs(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* verb : command.get_subcommands({})) {
    if (!verb->get_group().empty()) names.push_back(verb->get_name());
  }
  return names;
}

// "--data-dir", or for a positional argument "RUN".
std::string Shown(const CLI::Option& option) {
  std::string name = option.get_name();
  if (option.get_positional())
    std::ranges::transform(name, name.begin(), [](char c) { return std::toupper(c); });
  return name;
}

// The options named in `message`, in its order; CLI11 reports them nowhere else.
std::vector<const CLI::Option*> NamedIn(const CLI::App& command, std::string_view message) {
  std::vector<const CLI::Option*> named;
  constexpr std::string_view kEnds = " :=,";
  for (size_t begin = 0, end; begin < message.size(); begin = end + 1) {
    end = std::min(message.find_first_of(kEnds, begin), message.size());
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_name() == message.substr(begin, end - begin)) named.push_back(option);
    }
  }
  return named;
}

ErrorText UnknownArgument(const CLI::App& command, const std::string& argument) {
  if (argument.size() > 1 && argument[0] == '-') {
    std::vector<std::string> known;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    const std::string nearest = NearestName(argument.substr(0, argument.find('=')), known);
    return {.what = fmt::format("unknown flag {}", argument),
            .hint = nearest.empty() ? "" : fmt::format("did you mean {}?", nearest)};
  }
  if (const std::vector<std::string> verbs = Verbs(command); !verbs.empty()) {
    return {.what = fmt::format("unknown command '{}'", argument), .hint = DidYouMean(argument, verbs)};
  }
  return {.what = fmt::format("unexpected argument '{}'", argument)};
}

ErrorText NoValue(const CLI::Option& option) {
  return {.what = fmt::format("{} needs a value", Shown(option))};
}

ErrorText WrongCount(const CLI::Option& option, std::string_view message) {
  const std::string name = Shown(option);
  if (message.find("least") != std::string_view::npos) return NoValue(option);
  if (message.find("override") != std::string_view::npos) {
    return {.what = fmt::format("{} takes no value", name)};
  }
  return {.what = fmt::format("{} is given too many times", name),
          .expected = fmt::format("at most {}", option.get_items_expected_max()),
          .got = fmt::format("{}", fmt::join(option.results(), ", "))};
}

ErrorText TextOf(const CLI::App& command, const CLI::ParseError& error) {
  const std::string message = error.what();
  const std::vector<const CLI::Option*> options = NamedIn(command, message);
  if (options.empty()) {
    const std::vector<std::string> verbs = Verbs(command);
    if (verbs.empty()) return {.what = message};
    return {.what = "a command is missing", .expected = fmt::format("{}", fmt::join(verbs, ", "))};
  }
  if (message.ends_with(kMissing)) return NoValue(*options.front());
  const std::string name = Shown(*options.front()), other = Shown(*options.back());
  if (dynamic_cast<const CLI::RequiredError*>(&error)) return {.what = fmt::format("{} is missing", name)};
  if (dynamic_cast<const CLI::RequiresError*>(&error)) {
    return {.what = fmt::format("{} needs {}", name, other)};
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error)) {
    return {.what = fmt::format("{} and {} cannot be combined", name, other)};
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return WrongCount(*options.front(), message);
  // A check's message follows the name and says what it expected.
  const bool checked = dynamic_cast<const CLI::ValidationError*>(&error) != nullptr;
  return {.what = fmt::format("bad value for {}", name),
          .expected = checked ? message.substr(message.find(": ") + 2) : options.front()->get_type_name(),
          .got = fmt::format("'{}'", fmt::join(options.front()->results(), ","))};
}

}  // namespace

void RefuseFlagsAsValues(CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) {
    if (option->get_items_expected_min() == 0) continue;
    option->check(CLI::Validator(
        [&app](const std::string& text) {
          const bool flag = text.starts_with('-') && app.get_option_no_throw(text) != nullptr;
          return std::string(flag ? kMissing : "");
        },
        ""));
  }
  for (CLI::App* command : app.get_subcommands({})) RefuseFlagsAsValues(*command);
}

Error ParseErrorOf(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = Chosen(app);
  // CLI11 reports the value of an unknown flag as an extra argument, but the flag is wrong.
  std::vector<std::string> unknown = app.remaining(true);
  const auto flag =
      std::ranges::find_if(unknown, [](const std::string& text) { return text.starts_with('-'); });
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  ErrorText text = flag != unknown.end() && !extras ? UnknownArgument(command, *flag)
                   : extras                         ? UnknownArgument(command, unknown.front())
                                                    : TextOf(command, error);
  text.what = fmt::format("{}: {}", FullName(command), text.what);
  const char* separator = text.hint.empty() ? "" : text.hint.ends_with('?') ? " " : "; ";
  text.hint += fmt::format("{}see {} --help", separator, FullName(command));
  return UsageError(std::move(text));
}

}  // namespace hourglass::app
