// A report as one self-contained HTML file: works offline, light and dark, printable. All text is escaped.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hourglass/report/figure.h"

namespace hourglass {

// One number at the head of a report: "0.0247", "test MSE per pixel", "PCA with 8 components: 0.0374".
struct SummaryNumber {
  std::string value;
  std::string label;
  std::string note = {};
};

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
  std::string caption = {};
  int text_columns = 1;  // leading columns of text, aligned left; the rest hold numbers, aligned right
};

class HtmlReport {
 public:
  explicit HtmlReport(std::string_view title, std::string_view subtitle = "");

  void Summary(const std::vector<SummaryNumber>& numbers);
  // Starts a section, listed at the head of the report.
  void Section(std::string_view heading);
  void Paragraph(std::string_view text);
  // Throws a usage Error if a row is not as long as the header.
  void AddTable(const Table& table);
  // PNG or SVG, whichever is smaller, embedded with caption and alternative text.
  void AddFigure(const Figure& figure);
  // A highlighted note for the reader.
  void Warning(std::string_view text);
  // Command lines and configuration, verbatim.
  void Code(std::string_view text);

  // The whole file.
  std::string Finish() const;

 private:
  std::string title_;
  std::string head_;  // title, subtitle
  std::string body_;
  std::vector<std::string> sections_;
};

// Bytes that are not UTF-8 become U+FFFD.
std::string EscapeHtml(std::string_view text);

}  // namespace hourglass
