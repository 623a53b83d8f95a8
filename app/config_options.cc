#include "app/config_options.h"

namespace hourglass::app {

CLI::Option* AddConfigFlag(CLI::App& command, const ConfigKey& key, KeyTexts& texts) {
  const std::string names = (key.extra_flags.empty() ? "" : key.extra_flags + ",") + key.flag();
  return command.add_option(names, texts[key.name], key.help)->type_name(key.type_name());
}

std::vector<std::pair<std::string, std::string>> GivenKeys(const CLI::App& command, const KeyTexts& texts) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const ConfigKey& key : ConfigKeys()) {
    if (texts.contains(key.name) && command.count(key.flag()) > 0) {
      given.emplace_back(key.name, texts.at(key.name));
    }
  }
  return given;
}

}  // namespace hourglass::app
