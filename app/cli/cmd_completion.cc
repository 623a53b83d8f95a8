// hourglass completion, hourglass man: shell completion and the manual page, from the same tables as the
// help.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/checks.h"
#include "app/cli/command.h"
#include "app/cli/full_name.h"
#include "app/commands.h"
#include "app/version.h"
#include "hourglass/train/config.h"

namespace hourglass::app {
namespace {

std::vector<const CLI::App*> ListedVerbs(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* verb) { return !verb->get_group().empty(); });
}

// `command` and all its subcommands.
void AddTree(const CLI::App& command, std::vector<const CLI::App*>& all) {
  all.push_back(&command);
  for (const CLI::App* verb : ListedVerbs(command)) AddTree(*verb, all);
}

std::vector<const CLI::App*> Tree(const CLI::App& root) {
  std::vector<const CLI::App*> all;
  AddTree(root, all);
  return all;
}

// "/data/list"; "" for the program itself.
std::string PathOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? "" : PathOf(*parent) + "/" + command.get_name();
}

std::vector<const CLI::Option*> Flags(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return !option->get_positional(); });
}

std::vector<std::string> NamesOf(const CLI::Option& flag) {
  std::vector<std::string> names;
  for (const std::string& name : flag.get_snames()) names.push_back("-" + name);
  for (const std::string& name : flag.get_lnames()) names.push_back("--" + name);
  return names;
}

bool TakesValue(const CLI::Option& flag) {
  return flag.get_items_expected_min() > 0;
}

// The values that completion offers.
struct Offered {
  std::vector<std::string> words = {};
  bool or_files = false;
};

// What is offered for `option` if it is a setting with choices, or a positional argument called like one.
Offered OfferedFor(const CLI::Option& option) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.flag() != option.get_name() && key.name != option.get_name()) continue;
    if (!key.choices.empty()) return {.words = key.choices};
    if (!key.suggestions.empty()) return {.words = key.suggestions, .or_files = true};
  }
  return {};
}

// What is offered for the positional arguments of `command`.
std::vector<std::string> PositionalWords(const CLI::App& command) {
  std::vector<std::string> all;
  for (const CLI::Option* option :
       command.get_options([](const CLI::Option* each) { return each->get_positional(); })) {
    std::ranges::copy(OfferedFor(*option).words, std::back_inserter(all));
  }
  return all;
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Single-quoted for any shell.
std::string Quoted(const std::string& text) {
  return "'" + Replaced(text, "'", "'\\''") + "'";
}

// ---- bash

// Shell code that sets `verb` to the path of the command chosen by the words before the cursor.
std::string FindVerb(const std::vector<const CLI::App*>& tree, std::string_view words) {
  std::vector<std::string> paths;
  for (const CLI::App* command : tree) paths.push_back(PathOf(*command));
  return fmt::format(
      "  local verb= word\n  for word in {}; do\n    case \"$verb/$word\" in\n      {}) verb=$verb/$word ;;\n"
      "    esac\n  done\n",
      words, fmt::join(paths.begin() + 1, paths.end(), "|"));
}

std::string Bash(const CLI::App& root) {
  const std::vector<const CLI::App*> tree = Tree(root);
  std::string flags, verbs, values;
  for (const CLI::App* command : tree) {
    std::vector<std::string> names, below;
    for (const CLI::Option* flag : Flags(*command)) {
      std::ranges::copy(NamesOf(*flag), std::back_inserter(names));
      const std::vector<std::string> words = OfferedFor(*flag).words;
      if (words.empty()) continue;
      values += fmt::format("    {}:{}) words='{}' ;;\n", PathOf(*command),
                            fmt::join(NamesOf(*flag), fmt::format("|{}:", PathOf(*command))),
                            fmt::join(words, " "));
    }
    for (const CLI::App* verb : ListedVerbs(*command)) below.push_back(verb->get_name());
    std::ranges::copy(PositionalWords(*command), std::back_inserter(below));
    flags += fmt::format("    '{}') words='{}' ;;\n", PathOf(*command), fmt::join(names, " "));
    if (!below.empty())
      verbs += fmt::format("    '{}') words='{}' ;;\n", PathOf(*command), fmt::join(below, " "));
  }
  return fmt::format(
      "# bash completion for hourglass\n_hourglass() {{\n{}"
      "  local words= cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
      "  if [[ $cur == -* ]]; then\n    case $verb in\n{}    esac\n"
      "  else\n    case $verb in\n{}    esac\n    case $verb:$prev in\n{}    esac\n  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}}\ncomplete -o default -F _hourglass hourglass\n",
      FindVerb(tree, "\"${COMP_WORDS[@]:1:COMP_CWORD - 1}\""), flags, verbs, values);
}

// ---- zsh

// The action that completes one of `words`, or a file.
std::string ZshWordsOrFiles(const std::vector<std::string>& words) {
  if (words.empty()) return "_files";
  return fmt::format(" _alternative \"names:name:({})\" \"files:file:_files\"", fmt::join(words, " "));
}

std::string ZshFlag(const CLI::Option& flag) {
  std::string help = flag.get_description();
  for (const char* special : {"[", "]", ":"}) help = Replaced(help, special, std::string("\\") + special);
  std::string value;
  const Offered offered = OfferedFor(flag);
  if (TakesValue(flag)) {
    value = fmt::format(":{}:{}", flag.get_type_name(),
                        offered.words.empty() || offered.or_files
                            ? ZshWordsOrFiles(offered.words)
                            : fmt::format("({})", fmt::join(offered.words, " ")));
  }
  std::string lines;
  for (const std::string& name : NamesOf(flag))
    lines += " \\\n      " + Quoted(name + "[" + help + "]" + value);
  return lines;
}

std::string Zsh(const CLI::App& root) {
  const std::vector<const CLI::App*> tree = Tree(root);
  std::string cases;
  for (const CLI::App* command : tree) {
    std::string verbs, flags;
    for (const CLI::App* verb : ListedVerbs(*command)) {
      verbs += "\n      " + Quoted(verb->get_name() + ":" + verb->get_description());
    }
    for (const CLI::Option* flag : Flags(*command)) flags += ZshFlag(*flag);
    cases += fmt::format("    '{}')\n", PathOf(*command));
    if (!verbs.empty()) cases += fmt::format("      verbs=({})\n      _describe command verbs\n", verbs);
    const std::string values = Quoted("*:file:" + ZshWordsOrFiles(PositionalWords(*command)));
    cases += fmt::format("      _arguments{}{} ;;\n", verbs.empty() ? " " + values : "", flags);
  }
  return fmt::format(
      "#compdef hourglass\n_hourglass() {{\n{}  local -a verbs\n  case $verb in\n{}  esac\n}}\n_hourglass "
      "\"$@\"\n",
      FindVerb(tree, "\"${(@)words[2,CURRENT-1]}\""), cases);
}

// ---- fish

// The condition for completing words of `command`: it was chosen, but none of its subcommands.
std::string FishCondition(const CLI::App& command) {
  std::vector<std::string> conditions, below;
  for (const CLI::App* app = &command; app->get_parent() != nullptr; app = app->get_parent()) {
    conditions.push_back("__fish_seen_subcommand_from " + app->get_name());
  }
  for (const CLI::App* verb : ListedVerbs(command)) below.push_back(verb->get_name());
  if (!below.empty())
    conditions.push_back(fmt::format("not __fish_seen_subcommand_from {}", fmt::join(below, " ")));
  return fmt::format("{}", fmt::join(conditions, "; and "));
}

std::string FishFlag(const CLI::App& command, const CLI::Option& flag) {
  std::string line = fmt::format("complete -c hourglass -n {}", Quoted(FishCondition(command)));
  for (const std::string& name : flag.get_snames()) line += " -s " + name;
  for (const std::string& name : flag.get_lnames()) line += " -l " + name;
  const Offered offered = OfferedFor(flag);
  if (!offered.words.empty()) {
    line += fmt::format(" {} -a '{}'", offered.or_files ? "-r" : "-x", fmt::join(offered.words, " "));
  } else if (TakesValue(flag)) {
    line += " -r";
  }
  return line + " -d " + Quoted(flag.get_description()) + "\n";
}

std::string Fish(const CLI::App& root) {
  std::string text = "# fish completion for hourglass\n";
  for (const CLI::App* command : Tree(root)) {
    for (const CLI::App* verb : ListedVerbs(*command)) {
      text += fmt::format("complete -c hourglass -f -n {} -a {} -d {}\n", Quoted(FishCondition(*command)),
                          verb->get_name(), Quoted(verb->get_description()));
    }
    if (const std::vector<std::string> words = PositionalWords(*command); !words.empty()) {
      text += fmt::format("complete -c hourglass -n {} -a '{}'\n", Quoted(FishCondition(*command)),
                          fmt::join(words, " "));
    }
    for (const CLI::Option* flag : Flags(*command)) text += FishFlag(*command, *flag);
  }
  return text;
}

// ---- man

// Escapes text for roff, so that dashes can be copied and no line is read as a request.
std::string Roff(const std::string& text) {
  std::string escaped = Replaced(Replaced(text, "\\", "\\e"), "-", "\\-");
  return Replaced(Replaced("\n" + escaped, "\n.", "\n\\&."), "\n'", "\n\\&'").substr(1);
}

std::string ManOption(const CLI::Option& option) {
  std::string head =
      option.get_positional() ? option.get_name() : fmt::format("{}", fmt::join(NamesOf(option), ", "));
  if (!option.get_positional() && TakesValue(option)) head += " " + option.get_type_name();
  const std::string& otherwise = option.get_default_str();
  return fmt::format(".TP\n.B {}\n{}{}\n", Roff(head), Roff(option.get_description()),
                     otherwise.empty() ? "" : Roff(fmt::format(" [{}]", otherwise)));
}

std::string Man(const CLI::App& root) {
  std::string text = fmt::format(
      ".TH HOURGLASS 1 \"\" \"hourglass {}\" \"User Commands\"\n.SH NAME\nhourglass \\- {}\n"
      ".SH SYNOPSIS\n.B hourglass\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH COMMANDS\n",
      Roff(ProgramVersion()), Roff(root.get_description()));
  for (const CLI::App* command : Tree(root)) {
    text += fmt::format(".SS \"{}\"\n{}\n", Roff(FullName(*command)), Roff(command->get_description()));
    if (!command->get_footer().empty()) text += ".PP\n.nf\n" + Roff(command->get_footer()) + "\n.fi\n";
    for (const CLI::Option* option : command->get_options({})) text += ManOption(*option);
  }
  return text;
}

}  // namespace

void AddCompletionCommand(const Command& program) {
  const auto shell = std::make_shared<std::string>();
  const Command command =
      program.AddCommand("completion", "Print completion for bash, zsh or fish",
                         "hourglass completion bash > ~/.local/share/bash-completion/completions/hourglass\n"
                         "hourglass completion fish > ~/.config/fish/completions/hourglass.fish");
  command.Add("shell", *shell, "bash, zsh or fish").Required().Check(OneOf({"bash", "zsh", "fish"}));
  command.OnRun([&app = program.app(), shell] {
    fmt::print("{}", *shell == "bash" ? Bash(app) : *shell == "zsh" ? Zsh(app) : Fish(app));
  });
  const Command man = program.AddCommand("man", "Print the manual page");
  man.Hide();  // for cmake --install; users read it with man
  man.OnRun([&app = program.app()] { fmt::print("{}", Man(app)); });
}

}  // namespace hourglass::app
