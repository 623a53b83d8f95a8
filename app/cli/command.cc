#include "app/cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace hourglass::app {

Flag Flag::Group(const std::string& heading) const {
  option_->group(heading);
  return *this;
}

Flag Flag::Type(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Flag Flag::ShowDefault() const {
  option_->capture_default_str();
  return *this;
}

Flag Flag::ShowDefault(const std::string& text) const {
  option_->default_str(text);
  return *this;
}

Flag Flag::Required() const {
  option_->required();
  return *this;
}

Flag Flag::Check(TextCheck check) const {
  option_->check(CLI::Validator(std::move(check), ""));
  return *this;
}

Flag Flag::Needs(Flag other) const {
  option_->needs(other.option_);
  return *this;
}

Flag Flag::Excludes(Flag other) const {
  option_->excludes(other.option_);
  return *this;
}

Flag Flag::Environment(const std::string& variable) const {
  option_->envname(variable);
  return *this;
}

Flag Flag::SplitAt(char delimiter) const {
  option_->delimiter(delimiter)->allow_extra_args(false);
  return *this;
}

Flag Flag::Values(int least, int most) const {
  option_->expected(least, most);
  option_->allow_extra_args(most > 1);  // else a positional argument takes those of the next one
  return *this;
}

Flag Flag::Repeatable() const {
  option_->allow_extra_args(false);
  return *this;
}

bool Flag::given() const {
  return option_->count() > 0;
}

Command Command::AddCommand(const std::string& name, const std::string& description,
                            const std::string& examples) const {
  CLI::App* command = app_->add_subcommand(name, description);
  command->footer(examples);
  return Command(command);
}

void Command::RequireCommand() const {
  app_->require_subcommand(1);
}

void Command::Hide() const {
  app_->group("");
}

void Command::OnRun(std::function<void()> run) const {
  app_->callback(std::move(run));
}

template <class T>
Flag Command::Add(const std::string& names, T& value, const std::string& help) const {
  return Flag(app_->add_option(names, value, help));
}

template Flag Command::Add(const std::string&, std::string&, const std::string&) const;
template Flag Command::Add(const std::string&, std::filesystem::path&, const std::string&) const;
template Flag Command::Add(const std::string&, int&, const std::string&) const;
template Flag Command::Add(const std::string&, int64_t&, const std::string&) const;
template Flag Command::Add(const std::string&, uint64_t&, const std::string&) const;
template Flag Command::Add(const std::string&, double&, const std::string&) const;
template Flag Command::Add(const std::string&, std::optional<int64_t>&, const std::string&) const;
template Flag Command::Add(const std::string&, std::optional<uint64_t>&, const std::string&) const;
template Flag Command::Add(const std::string&, std::vector<int64_t>&, const std::string&) const;
template Flag Command::Add(const std::string&, std::vector<double>&, const std::string&) const;
template Flag Command::Add(const std::string&, std::vector<std::string>&, const std::string&) const;

Flag Command::AddRead(const std::string& names, std::function<void(const std::string&)> read,
                      const std::string& help) const {
  return Flag(app_->add_option_function(names, read, help));
}

Flag Command::AddSwitch(const std::string& names, bool& value, const std::string& help) const {
  return Flag(app_->add_flag(names, value, help));
}

std::optional<std::string> Command::Text(const std::string& flag) const {
  const CLI::Option* option = app_->get_option(flag);
  if (option->count() == 0) return std::nullopt;
  return option->results().back();
}

Verbosity Command::verbosity() const {
  bool verbose = false;
  for (const CLI::App* app = app_; app != nullptr; app = app->get_parent()) {
    if (app->count("--quiet") > 0) return Verbosity::kQuiet;
    verbose = verbose || app->count("--verbose") > 0;
  }
  return verbose ? Verbosity::kVerbose : Verbosity::kNormal;
}

}  // namespace hourglass::app
