// Reads a layer's JSON configuration strictly: every key must be known, present and of the right type.
#pragma once

#include <string>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/json.h"
#include "hourglass/core/shape.h"

namespace hourglass {

class ConfigReader {
 public:
  // `what` names the thing in errors: "dense layer". `config` must outlive the reader. Throws a usage Error
  // unless it is an object.
  ConfigReader(const Json& config, std::string what);

  // Each throws a usage Error that names the key if it is missing or has another type.
  int64_t Integer(const std::string& key);
  double Number(const std::string& key);
  // One whole number for both axes, or [height, width].
  PlaneSize OneOrTwo(const std::string& key);
  // [channels, height, width], each at least 1.
  Shape ImageShape(const std::string& key);
  // One of kActivations by its name.
  Activation ReadActivation(const std::string& key);

  // Throws a usage Error that suggests the nearest known name if a key other than "kind" was not read.
  void Finish() const;

 private:
  const Json& Value(const std::string& key);

  const Json* config_;
  std::string what_;
  std::vector<std::string> known_ = {"kind"};
};

}  // namespace hourglass
