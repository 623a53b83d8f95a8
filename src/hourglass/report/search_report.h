// The results of a search: a table, figures, a report.
#pragma once

#include <string>
#include <vector>

#include "hourglass/report/html.h"
#include "hourglass/tune/search.h"

namespace hourglass {

// Draws the figures of `result` into its folder (figures/search-progress and figures/search-<key> for each
// key, unless no trial has a loss) and writes its report.html.
void WriteSearchReport(const SearchResult& result);

// Adds its sections to a report (of the search or of a study), with the figures of WriteSearchReport.
void AddSearch(HtmlReport& report, const SearchResult& result);

// The trials as rows of texts, the best first, under TrialHeader().
std::vector<std::string> TrialHeader(const SearchResult& result);
std::vector<std::vector<std::string>> TrialRows(const SearchResult& result);

// Trained and requested epochs, how trials ended, and warnings for the reader.
struct SearchNote {
  std::string sentence;
  bool warning = false;
};
std::vector<SearchNote> SearchNotes(const SearchResult& result);

}  // namespace hourglass
