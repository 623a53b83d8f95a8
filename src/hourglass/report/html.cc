#include "hourglass/report/html.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "hourglass/core/require.h"

namespace hourglass {
namespace {

constexpr char kStyle[] = R"css(
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6472; --page: #ffffff; --card: #f4f6f8; --line: #d9dee4;
  --accent: #0072b2; --warn: #8a4b00; --warn-page: #fff4e5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa4b2; --page: #14181f; --card: #1e242d;
  --line: #343c48; --accent: #6cb8ea; --warn: #ffc982; --warn-page: #33260f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 68.5rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 3rem 0 .8rem; padding-top: .8rem; border-top: 1px solid var(--line); }
p { max-width: 46rem; margin: .6rem 0; }
a { color: var(--accent); }
.subtitle { color: var(--soft); margin: .4rem 0 0; }
nav { margin: 1.2rem 0 0; font-size: .92rem; }
nav a { margin-right: 1.1rem; white-space: nowrap; text-decoration: none; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .8rem; margin: 1.6rem 0; padding: 0; }
.numbers div { background: var(--card); border-radius: .5rem; padding: .9rem 1.1rem; }
.numbers dt { color: var(--soft); font-size: .88rem; }
.numbers dd { margin: 0; font-size: 1.7rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.numbers dd.note { font-size: .85rem; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .4rem; }
th, td { padding: .35rem .9rem .35rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; white-space: normal; vertical-align: bottom; border-bottom: 2px solid var(--line); }
th.text, td.text { text-align: left; padding-right: 1.6rem; white-space: normal; }
figure { margin: 1.4rem 0; }
figure img { display: block; max-width: 100%; height: auto; background: #ffffff; border-radius: .4rem; border: 1px solid var(--line); }
figcaption { color: var(--soft); font-size: .92rem; margin-top: .5rem; max-width: 46rem; }
.warning { background: var(--warn-page); color: var(--warn); border-left: 4px solid currentColor; border-radius: .3rem;
  padding: .7rem 1rem; margin: 1rem 0; max-width: none; }
pre { background: var(--card); border-radius: .5rem; padding: .9rem 1.1rem; overflow-x: auto; font-size: .85rem; line-height: 1.45; }
@media print { :root { --ink: #000; --soft: #444; --page: #fff; --card: #f4f6f8; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
  figure, table, .numbers div { break-inside: avoid; } h2 { break-after: avoid; } pre { white-space: pre-wrap; } }
)css";

std::string Base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

// A row of <th> or <td>.
std::string Row(const std::vector<std::string>& cells, int text_columns, std::string_view tag) {
  std::string row = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool text = static_cast<int>(i) < text_columns;
    row += fmt::format("<{0}{1}>{2}</{0}>", tag, text ? " class=\"text\"" : "", EscapeHtml(cells[i]));
  }
  return row + "</tr>\n";
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : AsUtf8(std::string(text))) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

HtmlReport::HtmlReport(std::string_view title, std::string_view subtitle) : title_(EscapeHtml(title)) {
  head_ = fmt::format("<h1>{}</h1>\n", title_);
  if (!subtitle.empty()) head_ += fmt::format("<p class=\"subtitle\">{}</p>\n", EscapeHtml(subtitle));
}

void HtmlReport::Summary(const std::vector<SummaryNumber>& numbers) {
  body_ += "<dl class=\"numbers\">\n";
  for (const SummaryNumber& number : numbers) {
    body_ += fmt::format("<div><dt>{}</dt><dd>{}</dd>", EscapeHtml(number.label), EscapeHtml(number.value));
    if (!number.note.empty()) body_ += fmt::format("<dd class=\"note\">{}</dd>", EscapeHtml(number.note));
    body_ += "</div>\n";
  }
  body_ += "</dl>\n";
}

void HtmlReport::Section(std::string_view heading) {
  sections_.push_back(EscapeHtml(heading));
  body_ += fmt::format("<h2 id=\"section-{}\">{}</h2>\n", sections_.size(), sections_.back());
}

void HtmlReport::Paragraph(std::string_view text) {
  body_ += fmt::format("<p>{}</p>\n", EscapeHtml(text));
}

void HtmlReport::AddTable(const Table& table) {
  body_ += "<div class=\"scroll\"><table>\n";
  if (!table.caption.empty()) body_ += fmt::format("<caption>{}</caption>\n", EscapeHtml(table.caption));
  body_ += "<thead>" + Row(table.header, table.text_columns, "th") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    RequireEqual("number of cells in a row of a table", std::ssize(row), std::ssize(table.header));
    body_ += Row(row, table.text_columns, "td");
  }
  body_ += "</tbody></table></div>\n";
}

void HtmlReport::AddFigure(const Figure& figure) {
  const std::string png = ReadFile(figure.png()), svg = ReadFile(figure.svg());
  const bool vector = svg.size() < png.size();
  body_ += fmt::format("<figure><img alt=\"{}\" src=\"data:image/{};base64,{}\">\n",
                       EscapeHtml(figure.alt_text), vector ? "svg+xml" : "png", Base64(vector ? svg : png));
  if (!figure.caption.empty())
    body_ += fmt::format("<figcaption>{}</figcaption>", EscapeHtml(figure.caption));
  body_ += "</figure>\n";
}

void HtmlReport::Warning(std::string_view text) {
  body_ += fmt::format("<p class=\"warning\" role=\"note\">{}</p>\n", EscapeHtml(text));
}

void HtmlReport::Code(std::string_view text) {
  body_ += fmt::format("<pre>{}</pre>\n", EscapeHtml(text));
}

std::string HtmlReport::Finish() const {
  std::string contents;
  for (size_t i = 0; i < sections_.size(); ++i) {
    contents += fmt::format("<a href=\"#section-{}\">{}</a>\n", i + 1, sections_[i]);
  }
  if (!contents.empty()) contents = "<nav>" + contents + "</nav>\n";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<header>{}{}</header>\n<main>\n{}</main>\n"
      "</body>\n</html>\n",
      title_, kStyle, head_, contents, body_);
}

}  // namespace hourglass
