#include "hourglass/study/detail/read_claim.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/study/checks/checks.h"

namespace hourglass {
namespace {

std::vector<ClaimCheck> ReadChecks(TomlReader& claim, const std::string& key, const ClaimScope& scope);

ClaimCheck ReadCheck(const toml::table& table, const ClaimScope& scope) {
  TomlReader toml(table, scope.where);
  CheckReader reader(toml, scope);
  ClaimCheck check;
  std::string name;
  toml.Required("test", name);
  CheckKnown(name, CheckKindNames(), "test", toml.Place("test"));
  toml.Optional("not", check.negated);
  toml.Find("runs");  // read by ForRuns
  check.judge = FindCheckKind(name).read(reader);
  check.names = reader.names();
  check.only_if = ReadChecks(toml, "only_if", scope);
  toml.Finish();
  return check;
}

// `scope` once per run in the key `runs`; `scope` itself if the key is missing.
std::vector<ClaimScope> ForRuns(TomlReader& toml, const ClaimScope& scope) {
  if (!toml.Has("runs")) return {scope};
  std::vector<std::string> chosen, known;
  toml.Optional("runs", chosen);
  for (const ClaimRun& run : scope.runs) known.push_back(run.name);
  std::vector<ClaimScope> scopes;
  for (const std::string& name : chosen) {
    CheckKnown(name, known, "run", toml.Place("runs"));
    scopes.push_back(
        {scope.planned, scope.where, scope.runs, &*std::ranges::find(scope.runs, name, &ClaimRun::name)});
  }
  return scopes;
}

std::vector<ClaimCheck> ReadChecks(TomlReader& claim, const std::string& key, const ClaimScope& scope) {
  std::vector<ClaimCheck> checks;
  for (const toml::table* table : claim.Tables(key)) {
    TomlReader toml(*table, scope.where);
    for (const ClaimScope& of_run : ForRuns(toml, scope)) checks.push_back(ReadCheck(*table, of_run));
  }
  return checks;
}

Claim ReadOneClaim(const toml::table& table, const ClaimScope& scope) {
  TomlReader toml(table, scope.where);
  CheckReader reader(toml, scope);
  toml.Find("runs");  // read by ForRuns
  Claim claim{.text = reader.Text("text"), .checks = ReadChecks(toml, "checks", scope)};
  claim.only_if = ReadChecks(toml, "only_if", scope);
  toml.Optional("every", claim.every);
  claim.show = reader.Names("show");
  toml.Optional("about_data", claim.about_data);
  toml.Finish();
  if (claim.checks.empty()) {
    throw UsageError(
        {.what = fmt::format("{}: the claim has no checks", toml.Place("checks")),
         .expected = R"(checks = [{ test = "more", measure = "a.test/mse", than = "b.test/mse" }])"});
  }
  return claim;
}

}  // namespace

std::vector<Claim> ReadClaim(const toml::table& table, const Measures& planned,
                             const std::vector<ClaimRun>& runs, const std::string& where) {
  TomlReader toml(table, where);
  std::vector<Claim> claims;
  for (const ClaimScope& scope : ForRuns(toml, {.planned = planned, .where = where, .runs = runs})) {
    claims.push_back(ReadOneClaim(table, scope));
  }
  return claims;
}

}  // namespace hourglass
