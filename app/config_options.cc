#include "app/config_options.h"

namespace hourglass::app {

Flag AddConfigFlag(const Command& command, const ConfigKey& key, KeyTexts& texts) {
  const std::string names = (key.extra_flags.empty() ? "" : key.extra_flags + ",") + key.flag();
  return command.Add(names, texts[key.name], key.help).Type(key.type_name());
}

std::vector<std::pair<std::string, std::string>> GivenKeys(const Command& command, const KeyTexts& texts) {
  std::vector<std::pair<std::string, std::string>> given;
  for (const ConfigKey& key : ConfigKeys()) {
    if (texts.contains(key.name) && command.Given(key.flag())) {
      given.emplace_back(key.name, texts.at(key.name));
    }
  }
  return given;
}

}  // namespace hourglass::app
