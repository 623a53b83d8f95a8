#include "hourglass/data/formats/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/number_images.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kNoColumn = -1;
constexpr size_t kFewestColumns = 4;  // of a table of pixels

std::string_view WithoutEnd(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

std::string_view FirstLine(std::string_view text) {
  return WithoutEnd(text.substr(0, text.find('\n')));
}

// The separator that occurs most in the line; 0 if there is none.
char SeparatorOf(std::string_view line) {
  char best = 0;
  std::ptrdiff_t most = 0;
  for (const char separator : {',', '\t', ';'}) {
    const std::ptrdiff_t count = std::ranges::count(line, separator);
    if (count > most) best = separator;
    most = std::max(most, count);
  }
  return best;
}

// The quote that ends a cell which begins with one; npos if there is none. Two quotes stand for one.
size_t ClosingQuote(std::string_view cell) {
  size_t at = cell.find('"', 1);
  while (at != std::string_view::npos && at + 1 < cell.size() && cell[at + 1] == '"')
    at = cell.find('"', at + 2);
  return at;
}

// The content of a cell; in `room` if it differs from what is written.
std::string_view Unquoted(std::string_view cell, std::string& room) {
  while (cell.starts_with(' ')) cell.remove_prefix(1);
  while (cell.ends_with(' ')) cell.remove_suffix(1);
  if (cell.size() < 2 || !cell.starts_with('"') || !cell.ends_with('"')) return cell;
  cell = cell.substr(1, cell.size() - 2);
  if (cell.find("\"\"") == std::string_view::npos) return cell;
  room.clear();
  for (size_t i = 0; i < cell.size(); ++i) {
    room += cell[i];
    if (cell.substr(i).starts_with("\"\"")) ++i;
  }
  return room;
}

// Calls visit(column, cell) for each cell of a line.
template <class Visit>
void ForEachCell(std::string_view line, char separator, const Visit& visit) {
  std::string room;
  for (size_t column = 0;; ++column) {
    size_t end = line.find(separator);
    if (line.starts_with('"')) {  // separators within quotes
      const size_t quote = ClosingQuote(line);
      end = quote == std::string_view::npos ? quote : line.find(separator, quote);
    }
    visit(column, Unquoted(line.substr(0, end), room));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

std::vector<std::string> CellsOf(std::string_view line, char separator) {
  std::vector<std::string> cells;
  ForEachCell(line, separator, [&](size_t, std::string_view cell) { cells.emplace_back(cell); });
  return cells;
}

std::optional<double> NumberOf(std::string_view cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  const bool whole = error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

// A table: its lines after the header, and which columns mean what.
class Table {
 public:
  Table(std::string_view text, std::string path, const std::string& label_column) : path_(std::move(path)) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const std::string_view first = FirstLine(text);
    separator_ = SeparatorOf(first);
    header_ = CellsOf(first, separator_);
    columns_ = header_.size();
    const bool named = std::ranges::any_of(header_, [](const std::string& cell) { return !NumberOf(cell); });
    if (named) {
      text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
      first_line_ = 2;
    } else {
      header_.clear();
    }
    FindLabel(label_column);
    FindLines(text);
  }

  size_t rows() const { return lines_.size(); }
  int64_t pixels() const { return static_cast<int64_t>(columns_) - (label_ == kNoColumn ? 0 : 1); }
  bool has_labels() const { return label_ != kNoColumn; }

  // Reads row `row` into its pixels and, if there is one, its label.
  void Read(size_t row, float* pixels, std::string& label) const {
    size_t cells = 0;
    ForEachCell(lines_[row], separator_, [&](size_t column, std::string_view cell) {
      ++cells;
      if (static_cast<int64_t>(column) == label_) {
        label = cell;
      } else if (column < columns_) {
        *pixels++ = PixelOf(cell, row, column);
      }
    });
    if (cells != columns_) throw OtherColumns(LineOf(row), cells);
  }

 private:
  // Lines are counted from 1, empty ones too.
  size_t LineOf(size_t row) const { return numbers_[row]; }

  float PixelOf(std::string_view cell, size_t row, size_t column) const {
    if (!cell.empty() && cell.size() <= 3) {  // most cells: a byte
      int value = 0;
      bool digits = true;
      for (const char c : cell) {
        digits &= c >= '0' && c <= '9';
        value = 10 * value + (c - '0');
      }
      if (digits) return static_cast<float>(value);
    }
    if (const auto value = NumberOf(cell)) return static_cast<float>(*value);
    throw DataError(
        {.what = fmt::format("{}, line {}, column {}: not a number", path_, LineOf(row), column + 1),
         .expected = "a number in every column but that of the label",
         .got = cell.empty() ? "nothing" : fmt::format("'{}'", cell.substr(0, 40))});
  }

  Error OtherColumns(size_t line, size_t cells) const {
    return DataError({.what = fmt::format("{}, line {}: another number of columns", path_, line),
                      .expected = fmt::format("{} as in the first line", columns_),
                      .got = fmt::format("{}", cells)});
  }

  void FindLabel(const std::string& label_column) {
    if (label_column == "none") return;
    if (label_column != "auto") return FindNamedLabel(label_column);
    for (size_t column = 0; column < header_.size(); ++column) {
      const std::string name = InLowerCase(header_[column]);
      if (name != "label" && name != "class") continue;
      label_ = static_cast<int64_t>(column);
      return;
    }
    if (IsSquare(static_cast<int64_t>(columns_))) return;
    throw DataError({.what = fmt::format("{} does not say which of its columns is the label", path_),
                     .expected = "a column with the name label or class, or a square number of pixels",
                     .got = fmt::format("{} columns", columns_),
                     .hint = "name the column, or its number from 0 on, or none",
                     .setting = "label_column = 0"});
  }

  void FindNamedLabel(const std::string& name) {
    const auto found = std::ranges::find(header_, name);
    if (found != header_.end()) {
      label_ = found - header_.begin();
      return;
    }
    const auto number = NumberOf(name);
    if (number && *number >= 0 && *number < static_cast<double>(columns_) && *number == std::floor(*number)) {
      label_ = static_cast<int64_t>(*number);
      return;
    }
    throw DataError({.what = fmt::format("{} has no column '{}'", path_, name),
                     .expected = header_.empty()
                                     ? fmt::format("a number from 0 to {}", columns_ - 1)
                                     : fmt::format("a name of its header ({}, …), or a number from 0 to {}",
                                                   header_.front(), columns_ - 1),
                     .setting = "label_column"});
  }

  void FindLines(std::string_view text) {
    for (size_t number = first_line_; !text.empty(); ++number) {
      const size_t end = text.find('\n');
      const std::string_view line = WithoutEnd(text.substr(0, end));
      if (!line.empty()) {
        // Pixels take memory for as many cells as the first line has: no line may be too short for them.
        if (line.size() + 1 < columns_) throw OtherColumns(number, CellsOf(line, separator_).size());
        lines_.push_back(line);
        numbers_.push_back(number);
      }
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (lines_.empty()) throw DataError({.what = fmt::format("{} has no rows", path_)});
  }

  std::string path_;
  char separator_ = ',';
  std::vector<std::string> header_;  // empty if there is none
  size_t columns_ = 0, first_line_ = 1;
  int64_t label_ = kNoColumn;
  std::vector<std::string_view> lines_;
  std::vector<size_t> numbers_;
};

// Labels as numbers. If any is a text, all are names of classes, in their order.
std::vector<int32_t> LabelsOf(const std::vector<std::string>& texts, std::vector<std::string>& classes) {
  std::vector<int32_t> labels;
  for (const std::string& text : texts) {
    const auto number = NumberOf(text);
    if (!number || *number < 0 || *number != std::floor(*number) ||
        *number > std::numeric_limits<int32_t>::max())
      break;
    labels.push_back(static_cast<int32_t>(*number));
  }
  if (labels.size() == texts.size()) return labels;
  std::map<std::string, int32_t> numbers;
  for (const std::string& text : texts) numbers[text] = 0;
  for (auto& [name, number] : numbers) {
    number = static_cast<int32_t>(classes.size());
    classes.push_back(name);
  }
  labels.clear();
  for (const std::string& text : texts) labels.push_back(numbers[text]);
  return labels;
}

}  // namespace

bool IsCsvFile(const DataOptions& options) {
  std::error_code error;
  if (!fs::is_regular_file(options.name, error)) return false;
  std::string start(1 << 16, '\0');
  std::ifstream file(options.name, std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(file.gcount()));
  const bool text = std::ranges::all_of(
      start, [](unsigned char c) { return c >= 0x20 || c == '\t' || c == '\r' || c == '\n'; });
  const std::string_view first = FirstLine(start);
  const char separator = SeparatorOf(first);
  if (!text || separator == 0 || start.starts_with('<') || start.starts_with('{')) return false;
  return CellsOf(first, separator).size() >= kFewestColumns;
}

OpenedData OpenCsvFile(const DataOptions& given) {
  DataOptions options = given;
  const std::string content = ReadFile(options.name);
  const Table table(content, options.name, options.label_column);
  Tensor numbers({static_cast<int64_t>(table.rows()), table.pixels()});
  std::vector<std::string> label_texts(table.rows());
  std::exception_ptr failure;
#pragma omp parallel for schedule(static)
  for (size_t row = 0; row < table.rows(); ++row) {
    try {
      table.Read(row, numbers.data<float>() + static_cast<int64_t>(row) * table.pixels(), label_texts[row]);
    } catch (...) {
#pragma omp critical
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  OpenedData opened{.location = options.name, .train = nullptr, .test = nullptr};
  std::vector<std::string> classes;
  std::vector<int32_t> labels;
  if (table.has_labels()) labels = LabelsOf(label_texts, classes);
  opened.train = ToDataset({std::move(numbers)}, std::move(labels), std::move(classes), options, options.name,
                           opened.note);
  opened.range = options.range;
  return opened;
}

}  // namespace hourglass
