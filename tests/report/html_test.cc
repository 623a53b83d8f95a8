#include "hourglass/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/file.h"
#include "support/temporary_directory.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kEvil[] = "<script>alert('x')</script> & \"quotes\"";

TEST(Html, EverythingIsEscaped) {
  HtmlReport html(kEvil, kEvil);
  html.Summary({{.value = kEvil, .label = kEvil, .note = kEvil}});
  html.Section(kEvil);
  html.Paragraph(kEvil);
  html.Warning(kEvil);
  html.Code(kEvil);
  html.AddTable({.header = {kEvil, kEvil}, .rows = {{kEvil, kEvil}}, .caption = kEvil});
  const std::string page = html.Finish();
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quotes&quot;"));
}

TEST(Html, TextThatIsNotUtf8IsReplaced) {
  EXPECT_EQ(EscapeHtml("caf\xE9 <σ>"), "caf\uFFFD &lt;σ&gt;");
}

TEST(Html, FiguresAreInsideAndDescribed) {
  const test::TemporaryDirectory folder;
  const Figure figure{
      .folder = folder.path(), .name = "f", .caption = "a <b> caption", .alt_text = "say \"hi\""};
  WriteFileAtomically(figure.png(), "a longer picture");
  WriteFileAtomically(figure.svg(), "<svg/>");
  HtmlReport html("t");
  html.AddFigure(figure);
  const std::string page = html.Finish();
  EXPECT_THAT(page, HasSubstr("src=\"data:image/svg+xml;base64,PHN2Zy8+\""));
  EXPECT_THAT(page, HasSubstr("alt=\"say &quot;hi&quot;\""));
  EXPECT_THAT(page, HasSubstr("a &lt;b&gt; caption"));
  WriteFileAtomically(figure.png(), "png");
  HtmlReport smaller("t");
  smaller.AddFigure(figure);
  EXPECT_THAT(smaller.Finish(), HasSubstr("src=\"data:image/png;base64,cG5n\""));
}

TEST(Html, NothingIsFetchedFromElsewhere) {
  HtmlReport html("t");
  html.Section("s");
  const std::string page = html.Finish();
  for (const char* outside : {"http:", "https:", "<link", "<script", "@import"})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_THAT(page, HasSubstr("href=\"#section-1\""));
  EXPECT_THAT(page, HasSubstr("id=\"section-1\""));
}

TEST(HtmlReport, RowsOfAnotherLengthThanTheHeaderAreUsageErrors) {
  test::ExpectUsageErrors({{"expected: 2\n  got:      1", [] {
                              HtmlReport("t").AddTable({.header = {"a", "b"}, .rows = {{"1"}}});
                            }}});
}

}  // namespace
}  // namespace hourglass
