// The named results of a study. Claims, published values and study.json all use these names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hourglass/core/json.h"

namespace hourglass {

// One quantity measured several times: one value per seed, per trial of a search, or per published value.
struct MeasuredSample {
  std::vector<double> values = {};
  std::string per = "seed";
};

// y over rising x: epochs, amounts of noise, code sizes, labels. NaN where y was not measured.
struct MeasuredCurve {
  std::string over = {};  // "epoch"
  std::vector<double> x = {}, y = {};
};

struct NamedValue {
  std::string name = {};  // "z8.test/mse"
  std::string of = {};    // the owner, in sentences: "d = 8"; may be empty
  std::string what = {};  // in sentences: "held-out MSE"
  std::variant<double, std::string, MeasuredSample, MeasuredCurve> value = 0.0;
};

// The value of "<run>.failure" if the model of the run is fine.
inline constexpr char kNoFailure[] = "none";

// A curve as one number: "z8.train/loss:last".
//   first, last, lowest, highest   of its y
//   lowest_at                      x of the lowest y
//   flat_at                        first x at which y has completed nine tenths of its fall from the first y
//                                  to the lowest
//   fall                           mean relative fall per step over the last five steps: 0.01 is 1 %
std::vector<std::string> ReducerNames();

class Measures {
 public:
  // Keeps the first measure of each name.
  void Add(NamedValue measure);
  // The measure `name`, or, for an ending such as ":last", the curve reduced to that number. Nothing if there
  // is none.
  std::optional<NamedValue> Find(std::string_view name) const;
  // All names that Find knows, including reduced curves.
  std::vector<std::string> names() const;
  const std::vector<NamedValue>& all() const { return all_; }

 private:
  std::vector<NamedValue> all_;
};

// True if it has a value: not NaN, not an empty sample, no gap in a curve.
bool IsKnown(const NamedValue& measure);

// "0.0382", "17": integers whole, other numbers with four significant digits.
std::string NumberText(double value);
// The value as a phrase: "0.0382", "mean 0.0121 of 3 seeds".
std::string ValueText(const NamedValue& measure);
// The number to compare: the number itself, or the mean of a sample.
double NumberOf(const NamedValue& measure);

// {"z8.test/mse": 0.0246, "sweep.loss@4": [...], "z8.train/loss": {"over": "epoch", "x": [...], "y": [...]}};
// null for NaN.
Json ToJson(const Measures& measures);

}  // namespace hourglass
