// The tests that a [[claim]] may use. A new one needs a file with a function that reads its keys and returns
// the Judge, a declaration here, a row in checks.cc and docs/studies.md, and a unit test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hourglass/study/checks/check_reader.h"
#include "hourglass/study/claim.h"

namespace hourglass {

Judge ReadMore(CheckReader& reader);
Judge ReadLess(CheckReader& reader);
Judge ReadWithinSeeds(CheckReader& reader);
Judge ReadEquals(CheckReader& reader);
Judge ReadNearest(CheckReader& reader);
Judge ReadOrdered(CheckReader& reader);
Judge ReadRises(CheckReader& reader);
Judge ReadDrops(CheckReader& reader);
Judge ReadBends(CheckReader& reader);
Judge ReadFits(CheckReader& reader);
Judge ReadTop(CheckReader& reader);

struct CheckKind {
  std::string_view name;
  Judge (*read)(CheckReader&);
};
std::vector<std::string> CheckKindNames();
// Throws a usage Error for a name that is not one of CheckKindNames().
const CheckKind& FindCheckKind(std::string_view name);

}  // namespace hourglass
