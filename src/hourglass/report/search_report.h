// What a search says at its end: a table, figures, a report.
#pragma once

#include <string>
#include <vector>

#include "hourglass/report/html.h"
#include "hourglass/tune/search.h"

namespace hourglass {

// Draws the figures of `result` into its folder (figures/search-progress and figures/search-<key> for each
// key, unless every trial was lost) and writes its report.html.
void WriteSearchReport(const SearchResult& result);

// Its sections of a report, which may be that of a study; the figures are those of WriteSearchReport.
void AddSearch(HtmlReport& report, const SearchResult& result);

// The trials as texts, the best first; under TrialHeader().
std::vector<std::string> TrialHeader(const SearchResult& result);
std::vector<std::vector<std::string>> TrialRows(const SearchResult& result);

// What was trained of what was asked, how trials ended, and what a reader must not overlook.
struct SearchNote {
  std::string sentence;
  bool warning = false;
};
std::vector<SearchNote> SearchNotes(const SearchResult& result);

}  // namespace hourglass
